import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import type { AbortKind, JobAbort } from '@cloudtask/sdk/handler-errors';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { Attempt } from '../attempt.ts';
import { type AttemptEnd, endOfAbort } from '../attempt-end.ts';
import { attemptFields } from '../attempt-fields.ts';
import type { JobContextDeps } from '../job-context.ts';
import { levelOfPrinted } from '../job-log-level.ts';
import { outcomeOfError, retryableFailure } from '../outcome-of-error.ts';
import { toStorableText } from '../storable-result.ts';
import type { ChildEnd, FromChild, OutputStream } from './child-messages.ts';
import type { ChildExit, ChildListener, ChildProcess } from './child-process.ts';
import { endOfExit, endWithoutProcess } from './end-of-exit.ts';

/** One attempt in one child: passes on what each side has to say to the other until the attempt has an end. */
export class IsolatedRun implements ChildListener {
  readonly end: Promise<AttemptEnd | undefined>;
  readonly #submitItems: JobContextDeps['submitItems'];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #logLevel: LogLevel;
  readonly #child: ChildProcess;
  readonly #attempt: Attempt;
  readonly #run: number;
  #resolve: (end: AttemptEnd | undefined) => void = () => {};
  #hasBegun = false;
  #isOver = false;

  constructor({ clock, logger, logLevel, submitItems }: JobContextDeps, child: ChildProcess, attempt: Attempt) {
    this.#submitItems = submitItems;
    this.#clock = clock;
    this.#logLevel = logLevel;
    this.#logger = logger.child(attemptFields(attempt));
    this.#child = child;
    this.#attempt = attempt;
    this.#run = child.runs;
    this.end = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    child.listen(this);
    attempt.atEnd = () => this.#kill();
    attempt.signal.addEventListener('abort', this.#passOnAbort);
    if (attempt.signal.aborted) this.#passOnAbort();
    else if (child.loaded) this.#begin();
  }

  onMessage(message: FromChild): void {
    if ('run' in message && message.run !== this.#run) return;
    switch (message.kind) {
      case 'ready':
      case 'refused':
        this.#begin();
        break;
      case 'log':
        this.#log(message.level, message.message, message.fields);
        break;
      case 'printed':
        this.#printed(message.stream, message.line);
        break;
      case 'progress':
        this.#attempt.journal.progress(message.value, message.message);
        break;
      case 'checkpoint':
        this.#attempt.journal.checkpoint(message.state);
        break;
      case 'submit':
        void this.#submit(message.call, message.items);
        break;
      case 'threw':
        this.#attempt.journal.threw(message.message, message.stack);
        break;
      case 'crash':
        if (message.stack !== undefined) this.#attempt.journal.threw(message.error, message.stack);
        break;
      case 'dropped':
        this.#attempt.journal.dropped(message.lines);
        break;
      case 'end':
        this.#finish(this.#read(message.end));
        break;
    }
  }

  onExit(exit: ChildExit): void {
    const end = exit.spawnError
      ? endWithoutProcess(exit.spawnError, this.#logger)
      : endOfExit(exit, this.#attempt.job, this.#child.spec);
    this.#finish(end);
  }

  async #submit(call: number, items: readonly string[]): Promise<void> {
    const results = await this.#submitItems(this.#attempt, items);
    if (!this.#isOver) this.#child.send({ kind: 'submitted', run: this.#run, call, results });
  }

  #begin(): void {
    if (this.#hasBegun || this.#isOver) return;
    const refusal = this.#child.loaded?.why;
    if (refusal === undefined) this.#start();
    else this.#refuse(refusal);
  }

  #start(): void {
    this.#hasBegun = true;
    const { userId: _, fence: __, ...job } = this.#attempt.job;
    const { traceparent, handler } = this.#attempt;
    const { exportedType, pluginOptions } = handler;
    const elapsedMs = performance.now() - this.#attempt.startedAt;
    const clockOffsetMs = this.#clock.now() - Date.now();
    const logLevel = this.#logLevel;
    const asExported = { ...(exportedType !== undefined && { exportedType }), ...(pluginOptions && { pluginOptions }) };
    this.#child.send({
      kind: 'run',
      run: this.#run,
      job,
      traceparent,
      elapsedMs,
      clockOffsetMs,
      logLevel,
      ...asExported,
    });
  }

  #refuse(why: string): void {
    this.#child.kill('not-loaded');
    const hint = 'variables that it needs must be named in CLOUDTASK_CHILD_ENV';
    this.#finish(retryableFailure('ERROR', `${why} (in a child process: ${hint})`, this.#attempt.job));
  }

  readonly #passOnAbort = (): void => {
    const { kind, graceMs } = this.#attempt.signal.reason as JobAbort;
    if (this.#hasBegun) this.#child.send({ kind: 'abort', run: this.#run, abort: kind, graceMs });
    else this.#giveUp(kind);
  };

  /** The child's module still loads, and may do so for ever. */
  #giveUp(kind: AbortKind): void {
    this.#child.kill('attempt-over');
    this.#finish(kind === 'shutdown' ? { kind: 'interrupted', started: false } : endOfAbort(this.#attempt));
  }

  /** The attempt has ended without its handler. */
  #kill(): void {
    const why = this.#attempt.abortKind ?? 'attempt-over';
    this.#logger.warn(
      { childPid: this.#child.pid, why },
      'a child process is killed: its handler did not stop in time',
    );
    this.#child.kill('attempt-over');
  }

  #read(end: ChildEnd): AttemptEnd | undefined {
    if (end?.kind !== 'completed') return end ?? undefined;
    try {
      return { kind: 'completed', resultText: toStorableText(end.result) };
    } catch (error) {
      return outcomeOfError(error, this.#attempt.job) as AttemptEnd;
    }
  }

  #finish(end: AttemptEnd | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#attempt.atEnd = undefined;
    this.#attempt.signal.removeEventListener('abort', this.#passOnAbort);
    this.#resolve(end);
  }

  #log(level: LogLevel, message: string, fields: object): void {
    this.#logger[level](fields, message);
    this.#attempt.journal.log(level, message, fields);
  }

  /** What is printed is a log line of the job too; in the worker's own log it is seen by those who look closely. */
  #printed(stream: OutputStream, line: string): void {
    this.#logger.debug({ stream, line }, 'a child process printed');
    this.#attempt.journal.log(levelOfPrinted(stream), line, { stream });
  }
}
