import type { JobStatus } from '@cloudtask/sdk/contract';

// The legal moves of a job. Each arrow is one guarded statement in this folder; nothing else writes a status.
//
//            submit                     fire-timers
//   (new) ──┬──────► SCHEDULED ────────────────────────► PENDING ──claim──► RUNNING ──settle──► COMPLETED
//           │            ▲  └───────────┐                 ▲ ▲ ▲                │
//           └────────────┼──────────────┼─────────────────┘ │ └───lost,        ├──settle──► RETRYING ──fire-timers──► PENDING
//                        └──snoozed─────┼───────────────────┼── interrupted ───┤
//                                       ▼                   │                  ├──settle──► FAILED ──────┐
//                        cancel: CANCELLED    expire: EXPIRED                  └──settle──► CANCELLED ──┤
//                                                           └──────────────────redrive──────────────────┘

/** From a status to the statuses it may become. */
export const LEGAL_MOVES: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  SCHEDULED: ['PENDING', 'CANCELLED', 'EXPIRED'],
  PENDING: ['RUNNING', 'CANCELLED', 'EXPIRED'],
  RUNNING: ['COMPLETED', 'RETRYING', 'FAILED', 'CANCELLED', 'PENDING', 'SCHEDULED'],
  RETRYING: ['PENDING', 'CANCELLED'],
  COMPLETED: [],
  FAILED: ['PENDING'],
  CANCELLED: ['PENDING'],
  EXPIRED: ['PENDING'],
};

export function canMove(from: JobStatus, to: JobStatus): boolean {
  return LEGAL_MOVES[from].includes(to);
}
