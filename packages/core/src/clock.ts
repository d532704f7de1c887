import { setTimeout as pause } from 'node:timers/promises';
import type { Queryable } from './database/database.ts';
import { readClock } from './protocol/read-clock.ts';

/** Where TypeScript gets the time from. Tests and `dev` give another one than the machine's. */
export interface Clock {
  /** Milliseconds since the epoch. May step back a little when it is set anew. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

export interface DatabaseClock extends Clock {
  /** Sets the clock by the database now, not only at the next minute: for whoever has just moved its time. */
  measure(): Promise<void>;
}

/**
 * Follows the database's clock: what is compared with times in rows must not depend on this machine's own. While the
 * database does not answer it goes on from the last measurement, at first from the system clock.
 */
export async function databaseClock(db: Queryable, signal: AbortSignal): Promise<DatabaseClock> {
  let offsetMs = 0;
  let isMeasured = false;

  async function measure(): Promise<void> {
    const sentAt = performance.now();
    const now = await readClock(db);
    const roundTripMs = performance.now() - sentAt;
    if (isMeasured && roundTripMs > TOO_SLOW_MS) return;
    // The time was read somewhere on the way: the middle is wrong by half the round trip at most.
    offsetMs = now.getTime() + roundTripMs / 2 - Date.now();
    isMeasured = true;
  }

  // Whatever is wrong with the database shows in everything else that uses it; a clock need not say it too.
  const tryToMeasure = () => measure().catch(() => {});

  async function keepMeasuring(): Promise<void> {
    while (!signal.aborted) {
      await pause(isMeasured ? MEASURE_EVERY_MS : MEASURE_AGAIN_MS, undefined, { signal });
      await tryToMeasure();
    }
  }

  await tryToMeasure();
  keepMeasuring().catch(() => {});
  return { now: () => Math.round(Date.now() + offsetMs), measure };
}

const MEASURE_EVERY_MS = 60_000;
const MEASURE_AGAIN_MS = 5_000;

/** A slower answer says less about the time than what is known already. */
const TOO_SLOW_MS = 200;
