import {
  type CloudTask,
  type CloudTaskError,
  type CreateOptions,
  type Issue,
  type Job,
  ValidationError,
} from '@cloudtask/sdk';
import { type BatchJob, parseBatchLine } from './batch-item.ts';
import type { BatchLine } from './batch-lines.ts';

/** What became of one line. `index` counts jobs from 0, `line` is the line's number in the file. */
export type BatchOutcome = { index: number; line: number } & (
  | { ok: true; job: Job; isDuplicate?: true }
  | { ok: false; error: { code: string; message: string; issues: readonly Issue[] } }
);

export interface BatchInput {
  type: string;
  options: CreateOptions;
  /** With the number of its line it is the idempotency key of a job that has none of its own. */
  keyBase: string;
  signal: AbortSignal;
}

/** Small enough to see it go on and to hold in memory; a request is still far dearer than a job in it. */
const CHUNK_JOBS = 1_000;

/** Submits lines as they come, a chunk a request, and gives their outcomes in the order of the lines. */
export async function* batchOutcomes(
  ct: CloudTask,
  lines: AsyncIterable<BatchLine>,
  { type, options, keyBase, signal }: BatchInput,
): AsyncGenerator<BatchOutcome> {
  // Lines that were read and have no outcome yet: a chunk, and what was refused between.
  const open: { line: number; refused?: Extract<BatchOutcome, { ok: false }>['error'] }[] = [];
  let index = 0;

  function* refusedNext(): Generator<BatchOutcome> {
    while (open[0]?.refused) {
      const { line, refused } = open.shift() as { line: number; refused: never };
      yield { index: index++, line, ok: false, error: refused };
    }
  }

  async function* jobs(): AsyncGenerator<BatchJob> {
    for await (const { number, text } of lines) {
      try {
        const { payload, options: own } = parseBatchLine(text);
        open.push({ line: number });
        yield { payload, options: { idempotencyKey: `${keyBase} ${number}`, ...own } };
      } catch (error) {
        open.push({ line: number, refused: { code: 'INVALID_LINE', message: complaint(error), issues: [] } });
      }
    }
  }

  const { idempotencyKey: _base, ...shared } = options;
  for await (const result of ct.jobs.createMany(type, jobs(), { ...shared, signal, chunkSize: CHUNK_JOBS })) {
    yield* refusedNext();
    const { line = 0 } = open.shift() ?? {};
    if (result.ok)
      yield { index: index++, line, ok: true, job: result.job, ...(result.isDuplicate && { isDuplicate: true }) };
    else yield { index: index++, line, ok: false, error: errorOf(result.error) };
  }
  yield* refusedNext();
}

/** Where in the line it is; its number in the file is told beside it. */
function complaint(error: unknown): string {
  return (error as Error).message.replace(/ \(line \d+ column \d+\)$/, '');
}

function errorOf(error: CloudTaskError) {
  const issues = error instanceof ValidationError ? error.issues : [];
  return { code: error.code, message: error.message, issues };
}
