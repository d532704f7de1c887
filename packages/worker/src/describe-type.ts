import { QUEUE_NAME } from '@cloudtask/core/messages';
import type { TypeDefaults, TypeDetails, TypeRegistration } from '@cloudtask/core/protocol/register-types';
import type { Backoff, Duration, Json } from '@cloudtask/sdk/contract';
import type { JobDefinition } from '@cloudtask/sdk/define-job';
import { parseDuration } from '@cloudtask/sdk/duration';
import { checkDefinition } from '@cloudtask/sdk/handler-checks';
import { jsonSchemaOf } from '@cloudtask/sdk/schema';

/**
 * What a definition says of its type, for the servers: they fill in its defaults, check payloads and show forms by it.
 * Throws a sentence about what no definition can have.
 */
export function describeType(job: JobDefinition): TypeRegistration {
  checkDefinition(job);
  return {
    type: job.type,
    description: job.description?.replaceAll('\0', '') ?? null,
    payloadSchema: jsonSchemaOf(job.payload, 'input'),
    resultSchema: jsonSchemaOf(job.result, 'output'),
    defaults: defaultsOf(job),
    details: detailsOf(job),
  };
}

function detailsOf({ title, progress, sensitive, examples }: JobDefinition): TypeDetails {
  const progressSchema = jsonSchemaOf(progress, 'input');
  return {
    ...(title !== undefined && { title: title.replaceAll('\0', '') }),
    ...(progressSchema !== null && { progressSchema }),
    ...(sensitive !== undefined && { sensitive: [...sensitive] }),
    ...(examples !== undefined && { examples: JSON.parse(JSON.stringify(examples)) as Json[] }),
  };
}

const QUEUE_FORM = new RegExp(`^${QUEUE_NAME}$`);

function defaultsOf({ queue, priority, maxAttempts, backoff, timeout }: JobDefinition): TypeDefaults {
  if (queue !== undefined && !QUEUE_FORM.test(queue)) {
    throw new Error(`its queue ${JSON.stringify(queue)} is no queue name: use letters, digits and . _ -`);
  }
  if (priority !== undefined) assertWhole('priority', priority, { min: 0, max: 9 });
  if (maxAttempts !== undefined) assertWhole('maxAttempts', maxAttempts, { min: 1, max: 100 });
  if (timeout !== undefined) assertDuration('timeout', timeout, LONGEST_TIMEOUT_MS);
  if (backoff !== undefined) assertBackoff(backoff);
  return {
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(backoff !== undefined && { backoff }),
    ...(timeout !== undefined && { timeout }),
  };
}

/** 24 days: what a 32-bit number of milliseconds holds. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;
const TEN_YEARS_MS = 10 * 366 * 86_400_000;

function assertBackoff({ kind, delay, maxDelay, factor }: Backoff): void {
  if (!['exponential', 'linear', 'fixed'].includes(kind)) {
    throw new Error(`its backoff.kind ${JSON.stringify(kind)} must be exponential, linear or fixed`);
  }
  assertDuration('backoff.delay', delay, TEN_YEARS_MS);
  if (maxDelay !== undefined) assertDuration('backoff.maxDelay', maxDelay, TEN_YEARS_MS);
  if (factor !== undefined && !(factor >= 1 && factor <= 100)) {
    throw new Error('its backoff.factor must be from 1 to 100');
  }
}

function assertWhole(name: string, value: number, { min, max }: { min: number; max: number }): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new Error(`its ${name} must be a whole number from ${min} to ${max}`);
}

function assertDuration(name: string, duration: Duration, maxMs: number): void {
  if (parseDuration(duration) > maxMs)
    throw new Error(`its ${name} must be at most ${Math.floor(maxMs / 86_400_000)} days`);
}
