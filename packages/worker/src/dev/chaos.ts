import { setTimeout as pause } from 'node:timers/promises';
import type { Attempt } from '../attempt.ts';
import { type AttemptEnd, endOfAbort } from '../attempt-end.ts';

/**
 * What is done to jobs in development, so that handlers meet there what they will meet one day. `redeliver`: a job that
 * completed runs once more, as if its worker had died before it could say so. `slow`: a handler starts up to 3 s late.
 * `crash`: the process is killed in the middle of about one of five jobs.
 */
export type ChaosKind = 'redeliver' | 'slow' | 'crash';

/**
 * It goes the ways that real trouble goes. A job that was lost once is left alone from then on, so that chaos brings none to
 * its end: a job whose workers died three times counts as the cause of it.
 */
export class Chaos {
  readonly #kinds: ReadonlySet<ChaosKind>;
  readonly #running = new Set<Attempt>();

  constructor(kinds: readonly ChaosKind[]) {
    this.#kinds = new Set(kinds);
  }

  /** Runs an attempt, its way through the chaos included. */
  async run(attempt: Attempt, run: () => Promise<AttemptEnd | undefined>): Promise<AttemptEnd | undefined> {
    this.#running.add(attempt);
    try {
      await this.#delay(attempt);
      // It ran out of time meanwhile, or was cancelled.
      if (attempt.abortKind !== undefined) return endOfAbort(attempt);
      const running = run();
      if (this.#kinds.has('crash') && isFated(attempt)) await this.#crashDuring(running);
      return await running;
    } finally {
      this.#running.delete(attempt);
    }
  }

  /** Whether the end of this attempt is to be lost on its way. */
  losesEnd({ job }: Attempt, end: AttemptEnd): boolean {
    return this.#kinds.has('redeliver') && end.kind === 'completed' && job.losses === 0;
  }

  async #delay(attempt: Attempt): Promise<void> {
    if (!this.#kinds.has('slow')) return;
    await pause(Math.random() * LONGEST_DELAY_MS, undefined, { signal: attempt.signal }).catch(() => {});
  }

  /** A handler that is done sooner has not been settled yet: to the platform that is the middle, too. */
  async #crashDuring(running: Promise<unknown>): Promise<void> {
    const timer = new AbortController();
    const moment = pause(Math.random() * LATEST_CRASH_MS, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([moment, running]);
    timer.abort();
    // All that run here are lost together, and none of them may be lost twice.
    for (const { job } of this.#running) if (job.losses > 0) return;
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Decided by its id and not by a throw of dice, so that a run with the same jobs can be repeated. */
function isFated({ job }: Attempt): boolean {
  return job.losses === 0 && Number.parseInt(job.id.slice(-6), 16) % ONE_OF === 0;
}

const ONE_OF = 5;
const LONGEST_DELAY_MS = 3_000;
const LATEST_CRASH_MS = 300;
