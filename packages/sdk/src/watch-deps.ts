import type { Hooks, Requester } from './request.ts';

/** What watching needs of a client. */
export interface WatchDeps {
  requester: Requester;
  closed: AbortSignal;
  /** A stream that is silent for longer is taken for dead. */
  idleMs: number;
  /** An outage that lasts longer ends the watch. */
  maxOutageMs: number;
  onWarning?: Hooks['onWarning'];
}
