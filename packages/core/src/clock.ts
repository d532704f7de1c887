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
  /** Called when a measurement finds that its time was moved by a second or more. The answer ends it. */
  onMoved(listener: () => void): () => void;
}

/**
 * Follows the database's clock: what is compared with times in rows must not depend on this machine's own. While the
 * database does not answer it goes on from the last measurement, at first from the system clock.
 */
export async function databaseClock(db: Queryable, signal: AbortSignal): Promise<DatabaseClock> {
  let offsetMs = 0;
  let isMeasured = false;
  const listeners = new Set<() => void>();

  async function measure(): Promise<void> {
    const sentAt = performance.now();
    const now = await readClock(db);
    const roundTripMs = performance.now() - sentAt;
    // The time was read somewhere on the way: the middle is wrong by half the round trip at most.
    const measuredMs = now.getTime() + roundTripMs / 2 - Date.now();
    const movedMs = Math.abs(measuredMs - offsetMs);
    // A slow answer says less than what is known already, unless it shows a difference that no slowness explains.
    if (isMeasured && roundTripMs > TOO_SLOW_MS && movedMs < roundTripMs) return;
    const wasMoved = isMeasured && movedMs >= MOVED_MS;
    offsetMs = measuredMs;
    isMeasured = true;
    if (wasMoved) for (const tell of [...listeners]) tell();
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
  return {
    now: () => Math.round(Date.now() + offsetMs),
    measure,
    onMoved(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const MEASURE_EVERY_MS = 60_000;
const MEASURE_AGAIN_MS = 5_000;

const TOO_SLOW_MS = 200;
const MOVED_MS = 1_000;
