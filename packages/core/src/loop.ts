import type { Logger } from './logger.ts';

export interface LoopOptions {
  name: string;
  /** From the end of one round to the start of the next: a slow round makes the loop slower, never denser. */
  everyMs: number;
  /** One round. Gets the signal that ends the loop, for rounds that take long. */
  runOnce(stopped: AbortSignal): Promise<LoopAnswer>;
  logger: Logger;
  signal?: AbortSignal;
}

/** When the next round is due: after the usual time, at once (there is more to do), or after a time of its own. */
// biome-ignore lint/suspicious/noConfusingVoidType: a round that answers nothing is the usual one
export type LoopAnswer = void | { again: boolean } | { inMs: number };

export interface Loop {
  /** Runs a round now; when one is under way, one more after it. A loop that fails keeps to its pauses all the same. */
  poke(): void;
  /** Waits for the round under way. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * Repeats a round until closed, the first one at once. A round that throws is logged and tried again after a pause that
 * grows to 5 s; an outage (`DATABASE_UNAVAILABLE`, `BROKER_UNAVAILABLE`) is logged when it begins and when it is over.
 */
export function repeat({ name, everyMs, runOnce, logger, signal }: LoopOptions): Loop {
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const failures = failureLog(name, logger);
  let isPoked = false;
  let wake = () => {};

  async function run(): Promise<void> {
    while (!stopped.aborted) {
      isPoked = false;
      const waitMs = await round();
      if (stopped.aborted) return;
      await sleep(waitMs);
    }
  }

  async function round(): Promise<number> {
    try {
      const answer = await runOnce(stopped);
      failures.over();
      return delayOf(answer, everyMs);
    } catch (error) {
      if (!stopped.aborted) failures.happened(error);
      return pauseAfter(failures.count);
    }
  }

  /** Ends early when the loop is closed or poked; with nothing to wait for it still lets others have a turn. */
  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const isEarly = isPoked && failures.count === 0;
      const timer = setTimeout(end, isEarly ? 0 : ms);
      stopped.addEventListener('abort', end);
      wake = failures.count === 0 ? end : () => {};
      function end() {
        clearTimeout(timer);
        stopped.removeEventListener('abort', end);
        wake = () => {};
        resolve();
      }
    });
  }

  const running = run();
  return {
    poke() {
      isPoked = true;
      wake();
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}

function delayOf(answer: LoopAnswer, everyMs: number): number {
  if (!answer) return everyMs;
  if ('inMs' in answer) return Math.max(0, answer.inMs);
  return answer.again ? 0 : everyMs;
}

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16));
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Says what an operator needs: each unexpected error, but an outage only twice. */
function failureLog(name: string, logger: Logger) {
  let count = 0;
  let outage: string | undefined;
  return {
    get count() {
      return count;
    },
    happened(error: unknown) {
      count += 1;
      const code = outageCode(error);
      if (code === undefined) logger.error({ loop: name, err: error, failures: count }, 'a round of this loop failed');
      else if (code !== outage)
        logger.warn({ loop: name, code, detail: (error as Error).message }, 'this loop waits for an outage to end');
      outage = code;
    },
    over() {
      if (count > 0) logger.info({ loop: name, failures: count }, 'this loop works again');
      count = 0;
      outage = undefined;
    },
  };
}

function outageCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'DATABASE_UNAVAILABLE' || code === 'BROKER_UNAVAILABLE' ? code : undefined;
}
