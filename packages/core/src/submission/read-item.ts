import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { invalid, refuseMisfit } from './input-refused.ts';
import type { JobRequest } from './job-request.ts';
import type { KnownType } from './known-types.ts';
import { issuesOf } from './schema-issues.ts';
import { BatchItemSchema } from './submit-schema.ts';
import { toJobRequest } from './to-job-request.ts';

const validator = Compile(BatchItemSchema);

/** An item of a batch whose shape is right. Throws `InputRefused`. */
export function checkItem(item: unknown): Static<typeof BatchItemSchema> {
  if (!validator.Check(item)) throw invalid(issuesOf(validator, item), 'item');
  const { idempotencyKey } = item;
  if (idempotencyKey !== undefined && !/^[\x20-\x7e]+$/.test(idempotencyKey)) {
    throw invalid([{ path: '/idempotencyKey', message: 'must have 1 to 200 printable ASCII characters' }], 'item');
  }
  return item;
}

export interface ItemReading {
  userId: string;
  /** What is registered of its type. */
  known: KnownType | undefined;
  nowMs: number;
}

/** The job that an item asks for, checked by the schema of its type. Throws `InputRefused`. */
export function requestOfItem(item: Static<typeof BatchItemSchema>, { userId, known, nowMs }: ItemReading): JobRequest {
  const { idempotencyKey, ...body } = item;
  const request = toJobRequest({ userId, body, idempotencyKey, defaults: known?.defaults, nowMs });
  refuseMisfit(known?.checkPayload(body.payload ?? null) ?? []);
  return request;
}
