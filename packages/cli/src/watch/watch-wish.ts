/** Which jobs are followed, and what of them. */
export interface WatchWish {
  which: WatchedIds | WatchedMatches;
  /** What the jobs say, too. */
  logs: boolean;
  /** `now`: what the attempt that runs has said so far. `start`: all that was ever said. */
  from: 'now' | 'start';
  /** Leave when the first one ends that did not complete. */
  failFast: boolean;
}

export interface WatchedIds {
  kind: 'ids';
  ids: readonly string[];
}

export interface WatchedMatches {
  kind: 'matches';
  filter: { type?: string; queue?: string; tag?: string; since?: string };
  /** At most so many of the newest that there are now. */
  limit: number;
  /** Jobs that come later are followed too, and the watch has no end of its own. */
  isOpen: boolean;
}

/** These jobs, to the end of all of them. */
export function wishFor(ids: readonly string[], more: Partial<Omit<WatchWish, 'which'>> = {}): WatchWish {
  return { which: { kind: 'ids', ids }, logs: false, from: 'now', failFast: false, ...more };
}
