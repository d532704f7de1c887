import type { CloudTask } from '@cloudtask/sdk';
import { examplePayload } from '../schema/example-of-schema.ts';
import { fieldWords } from '../views/field-words.ts';
import { printable } from '../views/printable.ts';
import { BUILT_IN } from './event-lines.ts';
import type { DevWorkers } from './load-platform.ts';

/** The first job to submit: of a type of the project, with what its schema needs; where it has none, one that came along. */
export async function firstSubmit(ct: CloudTask, workers: DevWorkers | undefined): Promise<string> {
  const own = workers?.types.find(({ source }) => source !== BUILT_IN);
  if (own === undefined) return 'cloudtask submit sleep seconds=5 --wait';
  const known = await ct.types.list().toArray({ limit: Number.POSITIVE_INFINITY });
  const type = known.find((each) => each.type === own.type);
  const needsNone = type === undefined || (type.payloadSchema === null && type.examples.length === 0);
  const words = needsNone ? [] : fieldWords(type, examplePayload(type).payload);
  return ['cloudtask submit', printable(own.type), ...words, '--wait'].join(' ');
}
