import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { CloudTask, CreateOptions, Json } from '@cloudtask/sdk';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { type BatchLine, batchLines } from '../submit/batch-lines.ts';

interface SeedJob {
  type: string;
  payload?: Json;
  options?: CreateOptions;
}

/**
 * Submits the jobs of a file, `{ "type", "payload", "options" }` a line. A line is submitted once for a data folder however often dev
 * starts: its text is its key.
 */
export async function seedJobs(ct: CloudTask, path: string): Promise<{ submitted: number; known: number }> {
  const done = { submitted: 0, known: 0 };
  const seen = new Map<string, number>();
  for await (const { number, text: line } of linesOf(path)) {
    const job = parseSeed(line, `${path}:${number}`);
    // Two equal lines are two jobs.
    const count = (seen.get(line) ?? 0) + 1;
    seen.set(line, count);
    const idempotencyKey = `seed-${createHash('sha256').update(`${count} ${line}`).digest('hex').slice(0, 32)}`;
    const options = { idempotencyKey, ...job.options };
    const { response } = await ct.jobs.create(job.type, job.payload, options).withResponse();
    done[response.headers.get('idempotency-replayed') === 'true' ? 'known' : 'submitted'] += 1;
  }
  return done;
}

async function* linesOf(path: string): AsyncGenerator<BatchLine> {
  try {
    yield* batchLines(createReadStream(path));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usageError(`the seed ${path} cannot be read`, { why: `${(error as Error).message}.` });
  }
}

function parseSeed(line: string, place: string): SeedJob {
  const refuse = (why: string) =>
    new CliError(`${place} is no job`, {
      code: 'SEED_REFUSED',
      exit: EXIT.usage,
      why: `${why} A line is {"type": "hello", "payload": {"name": "Ada"}}, with "options" where it needs some.`,
    });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw refuse(`${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    throw refuse('It has no "type".');
  }
  const other = Object.keys(value).find((key) => !['type', 'payload', 'options'].includes(key));
  if (other !== undefined) throw refuse(`There is no "${other.slice(0, 40)}".`);
  return value as SeedJob;
}
