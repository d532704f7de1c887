import type { Job } from './contract.ts';

/** How far a watch of one job has come. */
export interface WatchState {
  /** The number of the last event of the stream: where it goes on. */
  after: string | null;
  last: Job | null;
}

/** Event numbers are decimal numbers with dots between; they may have different lengths. */
export function isNewer(seq: string, than: string): boolean {
  const [a, b] = [seq.split('.').map(Number), than.split('.').map(Number)];
  const at = a.findIndex((part, each) => part !== b[each]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}
