import type { Json, SubmitJob } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import type { JobSettings } from './job-types.ts';

/** The body of `POST /jobs`: the definition's defaults under the call's settings. */
export function toSubmitJob(job: JobDefinition, payload: unknown, settings: JobSettings): SubmitJob {
  const defaults = definedDefaults(job);
  const { jobTimeout = defaults.timeout, runAt, delay, ttl, unique, tags, metadata } = settings;
  return withoutUndefined({
    type: job.type,
    payload: (payload ?? null) as Json,
    queue: settings.queue ?? defaults.queue,
    priority: settings.priority ?? defaults.priority,
    maxAttempts: settings.maxAttempts ?? defaults.maxAttempts,
    backoff: settings.backoff ?? defaults.backoff,
    timeout: jobTimeout,
    delay,
    runAt: runAt instanceof Date ? runAt.toISOString() : runAt,
    ttl,
    unique,
    tags,
    metadata,
  });
}

/** What a definition says of how its jobs run. */
export function definedDefaults({ queue, priority, maxAttempts, backoff, timeout }: JobDefinition) {
  return withoutUndefined({ queue, priority, maxAttempts, backoff, timeout });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): Given<T> & Pick<T, RequiredKeys<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

type RequiredKeys<T> = { [K in keyof T]: undefined extends T[K] ? never : K }[keyof T];
