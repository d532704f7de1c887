import type { Duration } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';

/** A time that stands still until it is moved. */
export interface TestClock {
  /** Where it stands. */
  now(): Date;
  /** Moves the time on, and waits for what that makes due. It never goes back. */
  advance(duration: Duration): Promise<void>;
}

/** A clock of its own, for `runHandler`. A test client has its own: `client.clock`. */
export function createTestClock(start: Date = new Date()): TestClock {
  let nowMs = start.getTime();
  return {
    now: () => new Date(nowMs),
    async advance(duration) {
      nowMs += forwardMs(duration);
    },
  };
}

/** Milliseconds to go on by. Throws a RangeError for a way back. */
export function forwardMs(duration: Duration): number {
  const isBackwards = typeof duration === 'number' ? duration < 0 : duration.trimStart().startsWith('-');
  if (isBackwards) {
    throw new RangeError(
      `the clock cannot go back by ${JSON.stringify(duration)}: time only goes on. Begin earlier instead, with createTestClient({ now })`,
    );
  }
  return parseDuration(duration);
}
