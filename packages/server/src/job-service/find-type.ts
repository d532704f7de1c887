import type { Database } from '@cloudtask/core/database/database';
import { closestName } from '@cloudtask/core/edit-distance';
import type { TypeInfo } from '@cloudtask/sdk/contract';
import { listTypes } from './list-types.ts';
import { ApiProblem } from './problem.ts';

/** One of the catalogue. It is read as a whole: it has some dozens of types, and the one that was meant is in it. */
export async function findType(database: Database, type: string): Promise<TypeInfo> {
  const types = await listTypes(database);
  const found = types.find((each) => each.type === type);
  if (found) return found;
  const meant = closestName(
    type,
    types.map((each) => each.type),
  );
  const guess = meant === undefined ? '' : ` Did you mean ${JSON.stringify(meant)}?`;
  throw new ApiProblem('TYPE_NOT_FOUND', `There is no type ${JSON.stringify(type.slice(0, 100))}.${guess}`);
}
