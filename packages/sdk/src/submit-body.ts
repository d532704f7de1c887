import type { Json, SubmitJob } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import type { JobSettings } from './job-types.ts';

/** The body of `POST /jobs`: the definition's defaults under the call's settings. */
export function toSubmitJob(job: JobDefinition, payload: unknown, settings: JobSettings): SubmitJob {
  const { queue, priority, maxAttempts, backoff, timeout } = job;
  const { jobTimeout = timeout, runAt, delay, ttl, unique, tags, metadata } = settings;
  return withoutUndefined({
    type: job.type,
    payload: (payload ?? null) as Json,
    queue: settings.queue ?? queue,
    priority: settings.priority ?? priority,
    maxAttempts: settings.maxAttempts ?? maxAttempts,
    backoff: settings.backoff ?? backoff,
    timeout: jobTimeout,
    delay,
    runAt: runAt instanceof Date ? runAt.toISOString() : runAt,
    ttl,
    unique,
    tags,
    metadata,
  });
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
