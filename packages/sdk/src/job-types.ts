import type {
  Backoff,
  Duration,
  FinalStatus,
  Job,
  JobEvent,
  JobProgress,
  JobStatus,
  Json,
  Unique,
} from './contract.ts';
import type { JobDefinition, PayloadOf, ProgressOf, ResultOf } from './define-job.ts';
import type { CloudTaskError } from './errors.ts';
import type { JobLogEvent, JobProgressEvent, LogLevel } from './live-contract.ts';
import type { RequestOptions } from './request.ts';

type JobBase<D extends JobDefinition> = Omit<Job, 'type' | 'payload' | 'status' | 'result' | 'progress'> & {
  type: D['type'];
  payload: PayloadOf<D>;
  progress: TypedProgress<D> | null;
};

/** How far an attempt is, with the data of its definition. */
export type TypedProgress<D extends JobDefinition = JobDefinition> = Omit<JobProgress, 'data'> & {
  data: ProgressOf<D> | null;
};

/** A job, with the payload and the result of its definition. A snapshot: plain JSON, without methods. */
export type TypedJob<D extends JobDefinition = JobDefinition> =
  | (JobBase<D> & { status: 'COMPLETED'; result: ResultOf<D> })
  | (JobBase<D> & { status: Exclude<FinalStatus, 'COMPLETED'>; result: null })
  | (JobBase<D> & { status: Exclude<JobStatus, FinalStatus>; result: null });

/** A job that has come to its end; `status` tells which. */
export type FinishedJob<D extends JobDefinition = JobDefinition> = Extract<TypedJob<D>, { status: FinalStatus }>;

/** Which types a client knows by name: `new CloudTask<typeof handlers>()`, from definitions or handlers. */
export type JobMap<M> = {
  [K in keyof M as DefinitionOf<M[K]> extends { type: infer Type extends string } ? Type : never]: DefinitionOf<M[K]>;
};
/** Of a handler, or the definition itself. Not told by the type `Handler`, whose context knows of this file. */
type DefinitionOf<T> = T extends { readonly job: infer D extends JobDefinition; run: unknown }
  ? D
  : T extends JobDefinition
    ? T
    : never;
/** The definition behind a name; any JSON for a name the client does not know. */
export type Lookup<M, Type extends string> = Type extends keyof M
  ? M[Type] extends JobDefinition
    ? M[Type]
    : JobDefinition
  : JobDefinition<Type>;
/** Known names are suggested, others allowed. */
export type KnownType<M> = (keyof M & string) | (string & {});

/** How a job is to run. What is left out has the default of its type (`defineJob`), else that of the server. */
export interface JobSettings {
  queue?: string;
  /** 0…9, higher sooner. */
  priority?: number;
  /** Not before this long from now. */
  delay?: Duration;
  /** Not before this time. */
  runAt?: Date | string;
  /** Ends `EXPIRED` when it has not started after this long. */
  ttl?: Duration;
  /** 1…100. With 1, a handler that was started is never started again. Default 5. */
  maxAttempts?: number;
  /** The delays between attempts. */
  backoff?: Backoff;
  /** Per attempt of the job; `timeout` is for the request. */
  jobTimeout?: Duration;
  /** At most one job of the type has this key at a time; by default the one that has it already is what `create` gives. */
  unique?: Unique;
  tags?: string[];
  metadata?: Record<string, Json>;
}

/** How a job is to run, and how the request for it is sent. */
export interface CreateOptions extends RequestOptions, JobSettings {}

/** As for one job, for all of them; items may have settings of their own. */
export interface CreateManyOptions extends CreateOptions {
  /** Jobs per request. Default and maximum: the server's limit, 10,000. */
  chunkSize?: number;
}

/** A payload with settings of its own. */
export interface ItemWithOptions<D extends JobDefinition> {
  payload: PayloadOf<D>;
  options: JobSettings & { idempotencyKey?: string };
}
/** One of many. An object with exactly the keys `payload` and `options` is the second form. */
export type Item<D extends JobDefinition> = PayloadOf<D> | ItemWithOptions<D>;

/** What became of one of many; `index` is its place among them. */
export type CreateManyResult<D extends JobDefinition = JobDefinition> =
  /** `isDuplicate`: another job has its unique key, and is `job`. */
  | { index: number; ok: true; job: TypedJob<D>; isDuplicate?: true }
  | { index: number; ok: false; error: CloudTaskError };

/** Which jobs to list: all conditions are met. */
export interface ListFilter {
  status?: JobStatus | JobStatus[];
  type?: string | string[];
  queue?: string | string[];
  /** Jobs that have it. */
  tag?: string;
  /** Text anywhere in type, queue, tags, payload or error. */
  q?: string;
  /** Text in the error's name, code or message. */
  error?: string;
  /**
   * Members of the payload, all of them: `to=ada@example.com`, `user.name=Ada`, `n:=3` for JSON, `tags[]=a` for an item of a
   * list. At most 10.
   */
  field?: string | string[];
  /** Name or host of the worker of the newest attempt. */
  worker?: string | string[];
  /** So many attempts, or more. */
  minAttempt?: number;
  /** A time, or how long ago: `"24h"`. */
  since?: Date | string;
  /** Created before this time, or this long ago. */
  until?: Date | string;
  /** FAILED jobs with this cause, or one of these: `error.fingerprint`. */
  fingerprint?: string | string[];
  /** True: only failures that were discarded. False: all jobs but these. */
  discarded?: boolean;
  /** The id of a job: those that its handler made. */
  parent?: string;
  /** By when they were created. Default `newest`. */
  order?: 'newest' | 'oldest';
  /** The end of an id among the newest 1,000 jobs: the one job that it means. */
  ref?: string;
  /** Per page. Default 100, at most 1,000. */
  limit?: number;
  /** Where to go on: `nextCursor` of a page. */
  cursor?: string;
}

/** Which lines of a job's log. */
export interface LogFilter {
  /** Lines of this level and more serious ones. */
  level?: LogLevel;
  attempt?: number;
  /** Which lines come first. Default `oldest`. */
  order?: 'oldest' | 'newest';
  /** Per page. Default 100, at most 1,000. */
  limit?: number;
}

/** An event of a job, by `kind`: `status` (with the job as it is then), `progress`, or a line of its `log`. */
export type TypedJobEvent<D extends JobDefinition = JobDefinition> =
  | (Omit<JobEvent, 'job'> & { job: TypedJob<D> })
  | (Omit<JobProgressEvent, 'data'> & Pick<TypedProgress<D>, 'data'>)
  | JobLogEvent;

/** How to follow a job's log. */
export interface FollowLogOptions extends Pick<LogFilter, 'level' | 'attempt'> {
  signal?: AbortSignal;
  /** Continue after this line, the `seq` of the last one seen. */
  after?: string;
}

/** How to watch a job. */
export interface WatchOptions {
  /** Ends the watch with its reason. */
  signal?: AbortSignal;
  /** `now` (default): begins with the job as it is, and what the attempt that runs has said so far. `start`: with all it ever said. */
  from?: 'now' | 'start';
  /** False leaves the log out, which may have thousands of lines. Default true. */
  logs?: boolean;
  /** Continue after this event, the `seq` of the last one seen. */
  after?: string;
}

/** How long to wait. */
export interface WaitOptions {
  /** Then `WaitTimeoutError` is thrown, and the job goes on. Default: as long as it takes. */
  timeout?: Duration;
  /** Ends the wait with its reason. */
  signal?: AbortSignal;
  /** Called with each status that is seen. */
  onEvent?: (event: JobEvent) => void;
}
