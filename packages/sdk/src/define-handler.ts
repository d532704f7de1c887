import { checkHandlerOptions } from '#handler-checks';
import type { ChildJobs } from './child-jobs.ts';
import type { Duration, Json } from './contract.ts';
import { defineJob, type JobDefinition, type JobOptions, type ProgressOf } from './define-job.ts';
import type { HandlerLog } from './handler-log.ts';
import type { AnyServices, ServiceFactories } from './handler-services.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';

/** The code that runs jobs of one type. */
export interface Handler<Definition extends JobDefinition = JobDefinition, Services = AnyServices>
  extends Readonly<HandlerOptions> {
  /** The contract of the jobs that it runs. */
  readonly job: Definition;
  /** The return value is the result; any throw is a failure that is tried again, unless the error says otherwise. */
  run(
    payload: Parsed<Definition>,
    context: HandlerContext<ProgressOf<Definition>, Services>,
  ): Promise<Returned<Definition>> | Returned<Definition>;
  /** What makes its services; `createHandlers` puts it here. */
  readonly services?: ServiceFactories;
}

/** Where a handler's code runs: in the worker's own process, or in a process of its own that can be killed. */
export type Isolation = 'inline' | 'process';

/** How a handler is run. */
export interface HandlerOptions {
  /**
   * `'process'` runs each job in a child process, one at a time: a handler that exits, crashes, runs out of memory or
   * never gives the thread back ends its own attempt and nothing else, and is killed when it goes on after its timeout
   * or a cancel. It costs about a millisecond per job, a process of some 60 MB, and needs a file that the child can load: the
   * handler must come from a handlers' folder or a package, and the child's environment has none of the worker's
   * secrets (`CLOUDTASK_CHILD_ENV` names what else it gets). Default `'inline'`: in the worker's process, at no cost.
   */
  isolation?: Isolation;
  /**
   * The most jobs of this type that one worker process runs at a time: a whole number from 1 to 10000. Those beyond it are not
   * claimed: they wait for this worker or another, and jobs of other types go before them. For a limit over all workers give the
   * jobs a queue, and one worker for it. Default: as many as the worker has slots.
   */
  concurrency?: number;
  /**
   * The longest that an attempt may go on without `progress()` or `checkpoint()`. Beyond it the attempt is told to stop, as by its
   * timeout, fails with the code `STALLED`, and is tried again. No call is needed to keep a job: workers see to that. Default: none.
   */
  stallTimeout?: Duration;
  /**
   * The most memory that the child process may use, in MiB, heap and buffers together: a whole number from 128 to
   * 1048576. Beyond it the process is killed and the attempt fails with `OUT_OF_MEMORY`. Default 512. Only with
   * isolation `'process'`.
   */
  memoryLimit?: number;
  /**
   * Decides by the error: `false` ends the job, a duration is the delay before the next attempt, `true` or nothing leaves
   * it to the job's backoff. Not asked about errors that say it themselves (`FatalError`, `RetryLater`, `Snooze`), nor
   * after a cancel or a timeout.
   */
  retryWhen?(error: unknown, about: { attempt: number }): boolean | Duration | undefined;
  /**
   * Called once when the handler of an attempt has ended, to tidy up. It belongs to the attempt, whose timeout counts it,
   * and is waited for at most 5 s; what it throws goes to the job's log and changes nothing. Not called when the
   * process ends in the middle of the attempt.
   */
  onSettled?(settled: Settled): void | Promise<void>;
}

/** How the handler of an attempt ended. */
export interface Settled {
  /**
   * `completed` · `retrying`: it failed and is tried again · `failed` for good · `cancelled` · `released`: it snoozed, or the
   * worker stops or lost the job, which runs again elsewhere.
   */
  readonly outcome: 'completed' | 'retrying' | 'failed' | 'cancelled' | 'released';
}

/**
 * What a handler gets beside its payload. `Progress` is what it may report beside a percentage, `Services` what
 * `createHandlers` declared.
 */
export interface HandlerContext<Progress = Json, Services = AnyServices> {
  /** What is known of the job beside its payload. */
  readonly job: {
    readonly id: string;
    readonly type: string;
    readonly queue: string;
    readonly createdAt: Date;
    /** The slot for which a schedule made this job: go by it instead of by the clock. Null for other jobs, as are the next two. */
    readonly scheduledFor: Date | null;
    /** When the slot was fired: later than the slot when the schedulers were away. */
    readonly firedAt: Date | null;
    /** The slot before it that made a job; null for the first. */
    readonly previousScheduledFor: Date | null;
    readonly tags: readonly string[];
    readonly metadata: Readonly<Record<string, Json>>;
    /** W3C trace context of this attempt, to hand on to what does not take it by itself. Absent when the job has no trace. */
    readonly traceparent?: string;
  };
  readonly attempt: number;
  /** How often the job is tried at most. */
  readonly maxAttempts: number;
  /** Whether a failure of this attempt is the end of the job. */
  readonly isLastAttempt: boolean;
  /** When the attempt times out; null without a timeout. */
  readonly deadline: Date | null;
  /**
   * Aborted when the job is cancelled, times out, is taken from this worker, or the worker stops; its reason is a
   * `JobAbort`. Pass it on (`fetch(url, { signal })`): a handler that goes on regardless loses its attempt after the
   * grace period.
   */
  readonly signal: AbortSignal;
  /** Lines that are kept with the job: `GET /jobs/{id}/logs`. At most 10,000 lines and 1 MiB per attempt. */
  readonly log: HandlerLog;
  /** Built when first needed and once per worker; see `createHandlers`. */
  readonly services: Services;
  /**
   * How far the work is: a percentage (0…100), or data of your own (JSON, at most 64 KiB), and a sentence for people. Only the
   * newest is shown, four times a second at most. Never throws: what cannot be stored is dropped, and the job's log says so.
   */
  progress(value: number | Progress, message?: string): void;
  /**
   * Saves where to go on, for the next attempt of this job: JSON, at most 256 KiB. It is written within a second and before the
   * attempt ends; only the newest is kept. Never throws: what cannot be stored is dropped, and the job's log says so.
   */
  checkpoint(state: Json): void;
  /** What an earlier attempt saved last; undefined when there is nothing. */
  resumeFrom<State extends Json = Json>(): State | undefined;
  /** Makes jobs that belong to this one: its retries do not make them again. */
  readonly jobs: ChildJobs;
  /** Resolves after the duration; rejects with the reason of `signal` when that is aborted. */
  sleep(duration: Duration): Promise<void>;
}

type Parsed<D> = D extends JobDefinition<string, infer Payload> ? SchemaOutput<Payload> : never;
type Returned<D> =
  D extends JobDefinition<string, unknown, infer Result>
    ? Result extends Schema
      ? SchemaInput<Result>
      : unknown
    : never;

/**
 * Joins a job definition and its code; or defines both at once.
 *
 * @example
 * export default defineHandler(sendEmail, async ({ to, subject }, ctx) => {
 *   const { id } = await mailer.send({ to, subject, signal: ctx.signal });
 *   return { messageId: id };
 * });
 *
 * @throws TypeError when there is no run function, or an option is none.
 */
export function defineHandler<Definition extends JobDefinition>(
  job: Definition,
  run: Handler<Definition>['run'],
  options?: HandlerOptions,
): Handler<Definition>;
export function defineHandler<
  const Type extends string,
  Payload extends Schema | undefined = undefined,
  Result extends Schema | undefined = undefined,
  Progress extends Schema | undefined = undefined,
>(
  options: JobOptions<Type, Payload, Result, Progress> &
    HandlerOptions & { run: Handler<JobDefinition<Type, Payload, Result, Progress>>['run'] },
): Handler<JobDefinition<Type, Payload, Result, Progress>>;
export function defineHandler(
  jobOrOptions: JobDefinition & HandlerOptions & { run?: Handler['run'] },
  separateRun?: Handler['run'],
  separateOptions?: HandlerOptions,
): Handler {
  const {
    run = separateRun,
    isolation,
    memoryLimit,
    concurrency,
    stallTimeout,
    retryWhen,
    onSettled,
    ...job
  } = jobOrOptions;
  if (typeof run !== 'function') throw new TypeError(`the handler of ${JSON.stringify(job.type)} has no run function`);
  const options = separateRun
    ? { ...separateOptions }
    : { isolation, memoryLimit, concurrency, stallTimeout, retryWhen, onSettled };
  const handler = { job: separateRun ? jobOrOptions : defineJob(job as never), run, ...withoutUndefined(options) };
  checkHandlerOptions(handler);
  return Object.freeze(handler);
}

function withoutUndefined(options: object): HandlerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
