import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import type { ChildJobs } from '@cloudtask/sdk/child-jobs';
import type { BatchResult, Duration, Json } from '@cloudtask/sdk/contract';
import type { HandlerContext } from '@cloudtask/sdk/define-handler';
import { parseDuration } from '@cloudtask/sdk/duration';
import type { HandlerLog } from '@cloudtask/sdk/handler-log';
import type { AnyServices } from '@cloudtask/sdk/handler-services';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { Attempt } from './attempt.ts';
import { attemptFields } from './attempt-fields.ts';
import { isKept } from './job-log-level.ts';
import { jobsOfHandler } from './jobs-of-handler.ts';
import { logText, safeFields } from './log-line.ts';

export interface JobContextDeps {
  clock: Clock;
  logger: Logger;
  /** What is less serious than this is not looked at. */
  logLevel: LogLevel;
  /** What handlers print with `console` goes to the logs of their jobs too. */
  capturesConsole?: boolean;
  /** Submits the jobs that its handler makes: an outcome for each item, in their order. Never rejects. */
  submitItems(attempt: Attempt, items: readonly string[]): Promise<BatchResult[]>;
}

/** What a handler sees of its attempt. Made of getters: most handlers use little of it, and some run in microseconds. */
export class JobContext implements HandlerContext {
  readonly #attempt: Attempt;
  readonly #deps: JobContextDeps;
  readonly services: AnyServices;
  /** Made at once, for a handler may change what it is given, in each attempt another way. */
  readonly #payload: string;
  #jobs: ChildJobs | undefined;

  constructor(attempt: Attempt, deps: JobContextDeps, services: AnyServices = {}) {
    this.#attempt = attempt;
    this.#deps = deps;
    this.services = services;
    this.#payload = JSON.stringify(attempt.job.payload);
  }

  get job(): HandlerContext['job'] {
    const { id, type, queue, createdAtMs, extras } = this.#attempt.job;
    const { traceparent } = this.#attempt;
    return {
      id,
      type,
      queue,
      createdAt: new Date(createdAtMs),
      scheduledFor: timeOf(extras?.scheduledFor),
      // A schedule makes the job when it fires the slot.
      firedAt: extras?.scheduledFor == null ? null : new Date(createdAtMs),
      previousScheduledFor: timeOf(extras?.previousScheduledFor),
      tags: extras?.tags ?? [],
      metadata: extras?.metadata ?? {},
      ...(traceparent !== undefined && { traceparent }),
    };
  }

  get attempt(): number {
    return this.#attempt.job.attempt;
  }

  get maxAttempts(): number {
    return this.#attempt.job.maxAttempts;
  }

  get isLastAttempt(): boolean {
    return this.#attempt.job.attempt >= this.#attempt.job.attemptLimit;
  }

  get deadline(): Date | null {
    const { deadlineAt } = this.#attempt;
    return deadlineAt === Infinity ? null : new Date(this.#deps.clock.now() + deadlineAt - performance.now());
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get log(): HandlerLog {
    const { journal } = this.#attempt;
    const { logLevel } = this.#deps;
    const logger = this.#deps.logger.child(attemptFields(this.#attempt));
    const at = (level: LogLevel) => (message: string, fields?: object) => {
      if (!isKept(level, logLevel)) return;
      const [text, copy] = [logText(message, logger.scrub), safeFields(fields)];
      logger[level](copy, text);
      journal.log(level, text, copy);
    };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  // Getters, these and `sleep` too: handlers take them out of the context, `({ progress, sleep }) => …`.

  /** One for all uses: it counts the calls. */
  get jobs(): ChildJobs {
    const attempt = this.#attempt;
    this.#jobs ??= jobsOfHandler({ id: attempt.job.id, payload: this.#payload }, (items) =>
      this.#deps.submitItems(attempt, items),
    );
    return this.#jobs;
  }

  get progress(): HandlerContext['progress'] {
    const { journal } = this.#attempt;
    return (value, message) => journal.progress(value, message);
  }

  get checkpoint(): HandlerContext['checkpoint'] {
    const { journal } = this.#attempt;
    return (state) => journal.checkpoint(state);
  }

  get resumeFrom(): HandlerContext['resumeFrom'] {
    const saved = this.#attempt.job.extras?.checkpoint;
    return <State extends Json>() => saved?.state as State | undefined;
  }

  get sleep(): HandlerContext['sleep'] {
    const { signal } = this;
    return (duration) => sleep(duration, signal);
  }
}

function timeOf(iso: string | null | undefined): Date | null {
  return iso == null ? null : new Date(iso);
}

async function sleep(duration: Duration, signal: AbortSignal): Promise<void> {
  try {
    await pause(parseDuration(duration), undefined, { signal });
  } catch (error) {
    // Node gives an AbortError of its own; handlers look at the reason.
    throw signal.aborted ? signal.reason : error;
  }
}
