import { createHash } from 'node:crypto';
import { checkItem } from '@cloudtask/core/submission/read-item';
import type { Submitted } from '@cloudtask/core/submission/store-jobs';
import { asSubmit, startSubmitSpan } from '@cloudtask/core/tracing/submit-span';
import type { BatchResult, Issue } from '@cloudtask/sdk/contract';
import { observe, type Read, readRequest, toAcceptance } from './accept-job.ts';
import type { JobServiceParts } from './parts.ts';
import { asProblem } from './problem.ts';
import { PROBLEMS } from './problem-table.ts';

export interface AskedBatch {
  userId: string;
  items: readonly unknown[];
  /** Of the whole request: each item gets one of its own from it. */
  idempotencyKey?: string | undefined;
  /** Of whoever asks; well-formed. */
  traceparent?: string | undefined;
}

/** Items submitted with one promise; if the database goes away, those before are accepted all the same. */
const SLICE = 500;

/** Accepts what it can; each item has an outcome of its own, in the order given. */
export function acceptBatch(parts: JobServiceParts, asked: AskedBatch): Promise<BatchResult[]> {
  const span = startSubmitSpan(parts.broker.system, asked.traceparent);
  if (!span) return accept(parts, asked);
  span.set({ 'messaging.batch.message_count': asked.items.length });
  return asSubmit(span, () => accept(parts, { ...asked, traceparent: span.traceparent }));
}

async function accept(parts: JobServiceParts, asked: AskedBatch): Promise<BatchResult[]> {
  const startedAt = performance.now();
  const results = new Array<BatchResult>(asked.items.length);
  const good: (Read & { index: number })[] = [];
  await parts.lookAgain(asked.items.map((item) => Object(item)));
  for (const [index, item] of asked.items.entries()) {
    try {
      good.push({ index, ...readItem(parts, asked, item, index) });
    } catch (error) {
      results[index] = refusal(parts, index, error);
    }
  }
  const slices = Array.from({ length: Math.ceil(good.length / SLICE) }, (_, n) =>
    good.slice(n * SLICE, (n + 1) * SLICE),
  );
  const outcomes = await Promise.allSettled(
    slices.map((slice) => parts.submitter.submitMany(slice.map(({ request }) => request))),
  );
  // Nothing happened at all: that is the answer to the request, not to each of its items.
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0 && failed.length === outcomes.length) throw failed[0]?.reason;
  for (const [n, slice] of slices.entries()) {
    const outcome = outcomes[n];
    await Promise.all(
      slice.map(async (read, at) => {
        const submitted: Submitted | undefined =
          outcome?.status === 'fulfilled' ? outcome.value[at] : { outcome: 'refused', error: outcome?.reason };
        results[read.index] = await toResult(parts, read, submitted);
      }),
    );
  }
  observe(
    parts,
    good.map(({ request }) => request.type),
    startedAt,
  );
  return results;
}

function readItem(parts: JobServiceParts, asked: AskedBatch, item: unknown, index: number): Read {
  const { idempotencyKey: own, ...body } = checkItem(item);
  const idempotencyKey = own ?? (asked.idempotencyKey && itemKey(asked.idempotencyKey, index));
  const one = { userId: asked.userId, body, idempotencyKey, traceparent: asked.traceparent };
  return { asked: one, request: readRequest(parts, one) };
}

/** So that a repeated request finds every item again, whatever part of it was stored before. */
function itemKey(key: string, index: number): string {
  return `batch ${createHash('sha256').update(key).digest('base64url')} ${index}`;
}

async function toResult(
  parts: JobServiceParts,
  read: Read & { index: number },
  submitted: Submitted | undefined,
): Promise<BatchResult> {
  try {
    if (!submitted) throw new Error('a job was submitted and nothing came back');
    const { job, isDuplicate } = await toAcceptance(parts, read, submitted);
    return { index: read.index, ok: true, job, ...(isDuplicate && { isDuplicate }) };
  } catch (error) {
    return refusal(parts, read.index, error);
  }
}

function refusal({ logger }: JobServiceParts, index: number, error: unknown): BatchResult {
  const problem = asProblem(error);
  if (problem) {
    const { code, message } = problem;
    const { hint } = PROBLEMS[code];
    const issues: Issue[] = [...problem.issues];
    return { index, ok: false, error: issues.length > 0 ? { code, message, hint, issues } : { code, message, hint } };
  }
  const isOutage = error instanceof Error && 'code' in error && error.code === 'DATABASE_UNAVAILABLE';
  if (isOutage)
    return {
      index,
      ok: false,
      error: { code: error.code as string, message: 'The database cannot be reached just now.' },
    };
  logger.error({ err: error, index }, 'an item of a batch failed');
  return { index, ok: false, error: { code: 'INTERNAL_ERROR', message: 'The server could not do this.' } };
}
