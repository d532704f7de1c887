import type { Wishes, WorkerStats } from './heartbeat.ts';

/** What a worker's main thread and its heartbeat thread say to each other. */
export type ToThread = { kind: 'stats'; stats: WorkerStats } | { kind: 'beat' } | { kind: 'close' };

export type ToMain =
  | { kind: 'locked' }
  | { kind: 'answer'; wishes: Wishes }
  | { kind: 'lost'; why: string }
  | { kind: 'log'; level: 'warn' | 'info'; fields: object; message: string };

export interface ThreadOptions {
  databaseUrl: string;
  workerId: number;
  /** For the first heartbeat, which comes before any message: it must not tell less than the registration did. */
  stats: WorkerStats;
  watch: SharedArrayBuffer;
  /** End the process when its main thread is blocked for this long past a deadline; never when undefined. */
  endAfterMs: number | undefined;
}
