import { isDeepStrictEqual } from 'node:util';
import type { TypeInfo } from '@cloudtask/sdk';
import type { ProjectHandler } from '../import-worker.ts';

/** How a handler here and its type on the server agree. */
export type Sync = 'in sync' | 'differs' | 'not on the server';

/** Schemas and defaults are what both have to agree on; names and examples may differ. */
export function compareWithServer({ about }: ProjectHandler, types: readonly TypeInfo[]): Sync {
  const known = types.find(({ type }) => type === about.type);
  // A version that is null: workers run it, and have not said what it is.
  if (!known || known.version === null) return 'not on the server';
  const { payloadSchema, resultSchema, defaults } = about;
  const theirs = { payloadSchema: known.payloadSchema, resultSchema: known.resultSchema, defaults: known.defaults };
  return isDeepStrictEqual(asJson({ payloadSchema, resultSchema, defaults }), asJson(theirs)) ? 'in sync' : 'differs';
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
