import type { Json, SubmitJob } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import type { JobSettings } from './job-types.ts';

/** A body before it is JSON, which leaves out what is undefined. */
type Body<T> = { [K in keyof T]: T[K] | undefined };

/** The body of `POST /jobs`: the definition's defaults under the call's settings. */
export function toSubmitJob(job: JobDefinition, payload: unknown, settings: JobSettings): Body<SubmitJob> {
  const { runAt, delay, ttl, unique, tags, metadata } = settings;
  return {
    type: job.type,
    payload: (payload ?? null) as Json,
    queue: settings.queue ?? job.queue,
    priority: settings.priority ?? job.priority,
    maxAttempts: settings.maxAttempts ?? job.maxAttempts,
    backoff: settings.backoff ?? job.backoff,
    timeout: settings.jobTimeout ?? job.timeout,
    delay,
    // JSON makes the text of a date.
    runAt: runAt as string | undefined,
    ttl,
    unique,
    tags,
    metadata,
  };
}

/** What a definition says of how its jobs run. */
export function definedDefaults({ queue, priority, maxAttempts, backoff, timeout }: JobDefinition) {
  return { queue, priority, maxAttempts, backoff, timeout };
}
