import type { Queryable, Statement } from '../database/database.ts';
import { arrayText } from './array-text.ts';

/** The traces of jobs that have one, by job id. Only asked for where spans are recorded. */
export async function readTraceparents(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db.query<{ id: string; traceparent: string }>(READ, [arrayText(ids)]);
  return new Map(rows.map(({ id, traceparent }) => [id, traceparent]));
}

const READ: Statement = {
  name: 'read_traceparents',
  text: 'select id, traceparent from cloudtask.jobs where id = any($1::uuid[]) and traceparent is not null',
};
