import type { Duration, Json } from './contract.ts';
import {
  defineJob,
  type InputOf,
  type JobDefinition,
  type JobOptions,
  type OutputOf,
  type Schema,
} from './define-job.ts';

/** The code that runs jobs of one type. */
export interface Handler<Definition extends JobDefinition = JobDefinition> {
  readonly job: Definition;
  /** The return value is the result; any throw is a failure that is tried again, unless the error says otherwise. */
  readonly run: (
    input: Parsed<Definition>,
    context: HandlerContext,
  ) => Promise<Returned<Definition>> | Returned<Definition>;
}

export interface HandlerContext {
  readonly job: {
    readonly id: string;
    readonly type: string;
    readonly queue: string;
    /** When it was submitted; for the job of a schedule: when its slot was fired. */
    readonly createdAt: Date;
    /** The slot of the schedule that made this job, and the slot before that one; null for other jobs. */
    readonly scheduledFor: Date | null;
    readonly previousScheduledFor: Date | null;
    readonly tags: readonly string[];
    readonly metadata: Readonly<Record<string, Json>>;
  };
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly isLastAttempt: boolean;
  /** When the attempt times out; null without a timeout. */
  readonly deadline: Date | null;
  /**
   * Aborted when the job is cancelled, times out, is taken from this worker, or the worker stops; its reason is a
   * `JobAbort`. Pass it on (`fetch(url, { signal })`): a handler that goes on regardless loses its attempt after the
   * grace period.
   */
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
  /** Resolves after the duration; rejects with the reason of `signal` when that is aborted. */
  sleep(duration: Duration): Promise<void>;
}

export interface HandlerLog {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

type Parsed<D> = D extends JobDefinition<string, infer Input, unknown> ? OutputOf<Input> : never;
type Returned<D> =
  D extends JobDefinition<string, unknown, infer Output> ? (Output extends Schema ? InputOf<Output> : unknown) : never;

/** Joins a job definition and its code; or defines both at once. */
export function defineHandler<Definition extends JobDefinition>(
  job: Definition,
  run: Handler<Definition>['run'],
): Handler<Definition>;
export function defineHandler<
  const Type extends string,
  Input extends Schema | undefined = undefined,
  Output extends Schema | undefined = undefined,
>(
  options: JobOptions<Type, Input, Output> & { run: Handler<JobDefinition<Type, Input, Output>>['run'] },
): Handler<JobDefinition<Type, Input, Output>>;
export function defineHandler(
  jobOrOptions: JobDefinition & { run?: Handler['run'] },
  separateRun?: Handler['run'],
): Handler {
  const { run = separateRun, ...options } = jobOrOptions;
  if (typeof run !== 'function')
    throw new TypeError(`the handler of ${JSON.stringify(options.type)} has no run function`);
  return Object.freeze({ job: separateRun ? jobOrOptions : defineJob(options as never), run });
}

/** Whether a value is a handler, of this copy of the SDK or another. */
export function isHandler(value: unknown): value is Handler {
  if (typeof value !== 'object' || value === null) return false;
  const { job, run } = value as Partial<Handler>;
  return typeof run === 'function' && typeof job === 'object' && job !== null && typeof job.type === 'string';
}
