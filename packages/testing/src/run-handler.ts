import { backoffDelayMs, DEFAULT_BACKOFF, resolveBackoff } from '@cloudtask/core/backoff';
import { newId } from '@cloudtask/core/ids';
import { silentLogger } from '@cloudtask/core/logger';
import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import type {
  Duration,
  Handler,
  HandlerContext,
  Job,
  JobDefinition,
  Json,
  LogLevel,
  PayloadOf,
  ResultOf,
} from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Attempt } from '@cloudtask/worker/attempt';
import { toLoaded } from '@cloudtask/worker/load-handlers';
import { runInline } from '@cloudtask/worker/run-inline';
import { hasOwnDelay } from './own-delay.ts';
import { RecordedChildren } from './recorded-children.ts';
import { RecordingJournal } from './recording-journal.ts';
import { changeInJson } from './strict-json.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

/** The attempt that `runHandler` makes. */
export interface RunHandlerOptions {
  /** Which attempt it is. Default 1. */
  attempt?: number;
  /** What the handler finds in `context.services`; its own factories are not asked. */
  services?: object;
  /** Cancels the job when it is aborted. */
  signal?: AbortSignal;
  /** Cancels the job after this time, real or of the clock, whichever is sooner. */
  cancelAfter?: Duration;
  /** What an earlier attempt saved. */
  resumeFrom?: Json;
  /** `context.sleep` moves it on and does not wait. Default: one that starts at the present time. */
  clock?: TestClock;
  tags?: readonly string[];
  metadata?: Readonly<Record<string, Json>>;
  /** Throws when the payload or the result would become something else in JSON. Default true. */
  strictJson?: boolean;
}

/** How an attempt ended (`outcome`), and what the handler said until then: `logs`, `progress` and `checkpoints`, each in its order. */
export interface HandlerRun<D extends JobDefinition = JobDefinition> {
  outcome: 'completed' | 'retrying' | 'failed' | 'snoozed' | 'cancelled';
  /** As it would be stored. */
  result?: ResultOf<D>;
  error?: HandlerFailure;
  /** Milliseconds until the next attempt: the longest that the backoff gives, or what the handler asked for. */
  retryIn?: number;
  logs: { level: LogLevel; message: string; fields?: Record<string, unknown> }[];
  progress: { percent?: number; message?: string; data?: unknown }[];
  checkpoints: Json[];
  /** The jobs that it made, as they would have been accepted, in their order. */
  children: Job[];
}

/** Why an attempt failed. `code` is the handler's own, if it gave one. */
export interface HandlerFailure {
  name: string;
  message: string;
  code?: string;
  /** Why the attempt failed, as the job would say it: `ERROR`, `INVALID_PAYLOAD`, `TIMEOUT`, … */
  reason: string;
  /** What the handler threw. */
  cause?: unknown;
}

/** As long as a handler may go on in a worker after it was told to stop. */
const GRACE_MS = 10_000;
/** How long this waits for it, in real time. */
const PATIENCE_MS = 1_000;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_TIMEOUT = '15m';
/** `backoffDelayMs` takes its random number from [0, 1): this one gives the longest delay. */
const WITHOUT_JITTER = 1;

/**
 * Runs a handler once, as a worker does: with the checks of its definition, and a context of its own. There is no
 * platform around it: nothing is stored, and nothing is tried again.
 *
 * @example
 * const run = await runHandler(sendEmailHandler, { to: 'nowhere' }, { attempt: 2 });
 * expect(run).toMatchObject({ outcome: 'failed', error: { code: 'ADDRESS_REFUSED' } });
 */
export async function runHandler<D extends JobDefinition>(
  handler: Handler<D>,
  payload: PayloadOf<D>,
  options: RunHandlerOptions = {},
): Promise<HandlerRun<D>> {
  const { clock = createTestClock(), strictJson = true } = options;
  const { type } = handler.job;
  if (strictJson) refuseChange(payload, `the payload for "${type}"`);
  const trial = new Trial(handler as unknown as Handler, { ...options, clock, strictJson });
  const run = await trial.run(payload === undefined ? null : JSON.parse(JSON.stringify(payload)));
  return run as HandlerRun<D>;
}

type Settled = RunHandlerOptions & Required<Pick<RunHandlerOptions, 'clock' | 'strictJson'>>;

/** One attempt of a job that exists only here. */
class Trial {
  readonly #handler: Handler;
  readonly #options: Settled;
  readonly #journal = new RecordingJournal();
  readonly #children: RecordedChildren;
  #thrown: unknown;
  #returned: unknown;

  constructor(handler: Handler, options: Settled) {
    this.#handler = handler;
    this.#options = options;
    this.#children = new RecordedChildren({ now: () => options.clock.now().getTime() });
  }

  async run(payload: Json): Promise<HandlerRun> {
    const { clock, signal, cancelAfter } = this.#options;
    const job = this.#claimed(payload);
    const { isolation: _isolation, memoryLimit: _memoryLimit, services: _services, ...handler } = this.#handler;
    const loaded = toLoaded({ handler: { ...handler, run: this.#watched() }, source: 'the test' });
    const attempt = new Attempt(
      job,
      { token: '', workerId: 0, unsettled: 1 },
      this.#capturing(loaded),
      performance.now(),
    );
    attempt.journal = this.#journal;
    this.#attempt = attempt;
    this.#startedMs = clock.now().getTime();
    const cancel = () => attempt.abort('cancelled', GRACE_MS, performance.now());
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    const timer = cancelAfter === undefined ? undefined : setTimeout(cancel, parseDuration(cancelAfter));
    try {
      const now = () => clock.now().getTime();
      const submitItems = (_: Attempt, items: readonly string[]) => this.#children.submit(job.id, items);
      const deps = { clock: { now }, logger: silentLogger, logLevel: 'debug', submitItems } as const;
      const running = runInline(deps, attempt);
      const end = await Promise.race([running, this.#deaf(attempt.signal, running)]);
      return this.#describe(end, job);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    }
  }

  #attempt: Attempt | undefined;
  #startedMs = 0;

  /** What was thrown and returned; and time that passes without waiting. */
  #watched(): Handler['run'] {
    return async (payload, context) => {
      this.#equip(context);
      try {
        this.#returned = await this.#handler.run(payload, context);
        return this.#returned as never;
      } catch (error) {
        this.#thrown = error;
        throw error;
      }
    };
  }

  #equip(context: HandlerContext): void {
    const { services } = this.#options;
    const timeoutMs = this.#attempt?.job.timeoutMs ?? 0;
    const deadline = timeoutMs === 0 ? null : new Date(this.#startedMs + timeoutMs);
    const sleep = (duration: Duration) => this.#sleep(parseDuration(duration), context.signal);
    Object.defineProperties(context, {
      sleep: { value: sleep },
      deadline: { value: deadline },
      ...(services && { services: { value: services, enumerable: true } }),
    });
  }

  /** As far as the time of the cancel or the timeout, when that comes first. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { clock, cancelAfter } = this.#options;
    const timeoutMs = this.#attempt?.job.timeoutMs || Number.POSITIVE_INFINITY;
    const cancelMs = cancelAfter === undefined ? Number.POSITIVE_INFINITY : parseDuration(cancelAfter);
    const endsInMs = this.#startedMs + Math.min(timeoutMs, cancelMs) - clock.now().getTime();
    await clock.advance(Math.max(0, Math.min(ms, endsInMs)));
    if (ms >= endsInMs) {
      this.#attempt?.abort(cancelMs <= timeoutMs ? 'cancelled' : 'timeout', GRACE_MS, performance.now());
    }
    // Others get a turn, as in a sleep that takes its time.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }

  /** The result as the schema made it: what is stored, before JSON. */
  #capturing(loaded: ReturnType<typeof toLoaded>): ReturnType<typeof toLoaded> {
    const { result } = loaded;
    if (!result) return loaded;
    const standard = result['~standard'];
    const validate = async (value: unknown) => {
      const checked = await standard.validate(value);
      if (!checked.issues) this.#returned = checked.value;
      return checked;
    };
    return { ...loaded, result: { '~standard': { ...standard, validate } } as typeof result };
  }

  #claimed(payload: Json): ClaimedJob {
    const { attempt = 1, resumeFrom, tags, metadata, clock } = this.#options;
    const { type, queue = 'default', maxAttempts = DEFAULT_ATTEMPTS, backoff, timeout } = this.#handler.job;
    if (!Number.isInteger(attempt) || attempt < 1 || attempt > maxAttempts) {
      throw new RangeError(`attempt ${attempt}: a job of the type "${type}" has the attempts 1 to ${maxAttempts}`);
    }
    const now = { now: () => clock.now().getTime() };
    return {
      id: newId(now),
      fence: attempt,
      userId: '',
      type,
      queue,
      payload,
      attempt,
      maxAttempts,
      attemptLimit: maxAttempts,
      losses: 0,
      timeoutMs: parseDuration(timeout ?? DEFAULT_TIMEOUT),
      createdAtMs: now.now(),
      extras: {
        backoff: backoff ? resolveBackoff(backoff) : null,
        tags: tags ? [...tags] : null,
        metadata: metadata ? { ...metadata } : null,
        scheduledFor: null,
        previousScheduledFor: null,
        checkpoint: resumeFrom === undefined ? null : { state: resumeFrom },
        dueAt: null,
        traceparent: null,
      },
    };
  }

  /** A handler that does not look at its signal would keep the test waiting until its own limit, which says less. */
  #deaf(signal: AbortSignal, running: Promise<unknown>): Promise<never> {
    return new Promise((_resolve, reject) => {
      const { type } = this.#handler.job;
      const why = `the handler of "${type}" went on for ${PATIENCE_MS} ms after it was told to stop: pass context.signal on to what it waits for`;
      let timer: NodeJS.Timeout | undefined;
      const start = () => {
        timer = setTimeout(() => reject(new Error(why)), PATIENCE_MS);
      };
      if (signal.aborted) start();
      else signal.addEventListener('abort', start, { once: true });
      void running.finally(() => clearTimeout(timer));
    });
  }

  #describe(end: Awaited<ReturnType<typeof runInline>>, job: ClaimedJob): HandlerRun {
    const said = {
      logs: this.#journal.logs,
      progress: this.#journal.progressed,
      checkpoints: this.#journal.checkpoints,
      children: this.#children.jobs,
    };
    if (!end) throw new Error(`the attempt of "${job.type}" ended without an outcome`);
    switch (end.kind) {
      case 'completed':
        if (this.#options.strictJson) refuseChange(this.#returned, `the result of "${job.type}"`);
        return { outcome: 'completed', result: JSON.parse(end.resultText), ...said };
      case 'snoozed':
        return { outcome: 'snoozed', retryIn: end.delayMs, ...said };
      case 'interrupted':
        throw new Error(`the attempt of "${job.type}" was interrupted`);
      case 'failed': {
        const { name, message, code, reason } = end;
        const cause = this.#thrown === undefined ? {} : { cause: this.#thrown };
        const error = { name, message, reason, ...(code !== undefined && { code }), ...cause };
        if (this.#attempt?.abortKind === 'cancelled') return { outcome: 'cancelled', error, ...said };
        if (!end.retryable || job.attempt >= job.attemptLimit) return { outcome: 'failed', error, ...said };
        return { outcome: 'retrying', error, retryIn: this.#retryIn(end.retryDelayMs, job), ...said };
      }
    }
  }

  #retryIn(delayMs: number, { extras, attempt }: ClaimedJob): number {
    if (hasOwnDelay(this.#handler, this.#thrown, attempt)) return delayMs;
    return backoffDelayMs(extras?.backoff ?? DEFAULT_BACKOFF, attempt, WITHOUT_JITTER);
  }
}

function refuseChange(value: unknown, what: string): void {
  const change = changeInJson(value);
  if (change) {
    throw new TypeError(`${what} would not be the same after JSON: ${change}. Use what JSON has, or strictJson: false`);
  }
}
