// What crosses HTTP about workers.

/** A worker process, as operators see it: its `state`, the `queues` and `types` that it takes, its last `heartbeatAt`. */
export interface WorkerInfo {
  /** Of this start of the worker. */
  id: number;
  /** What jobs show as `worker.id`. */
  name: string;
  host: string;
  version: string;
  /** `draining`: an operator wants it to end; it takes no more jobs, and ends when those that it runs have ended. */
  state: 'live' | 'draining' | 'stopping' | 'stopped' | 'dead';
  queues: string[];
  types: string[];
  /** Jobs that it runs at a time, with the slots that single queues have for themselves. */
  slots: number;
  /** Jobs that it ran at its last heartbeat. */
  busy: number;
  startedAt: string;
  heartbeatAt: string;
  /** When the broker last gave it something. */
  lastDeliveryAt: string | null;
  /** Since when it hears nothing from the broker; null while it does. */
  deafSince: string | null;
  /** What an operator asked of it; null: nobody did. Stays when it has ended. */
  drain: WorkerDrain | null;
}

/** That an operator wants a worker to end, for a `reason`. */
export interface WorkerDrain {
  /** When it was asked first. */
  requestedAt: string;
  reason: string | null;
  /** The operator's e-mail address. */
  requestedBy: string;
}

/** One worker, with all that is known of it: the slots that its queues share in `lanes`, and what it is `running`. */
export interface WorkerDetails extends WorkerInfo {
  /** Its process on `host`. */
  pid: number;
  /** When it had stopped or was declared dead. */
  endedAt: string | null;
  /** Slots, and the queues whose jobs they are for. */
  lanes: { queues: string[]; slots: number }[];
  /** The jobs that it runs now, of all accounts; the first 100, those that run longest first. */
  running: WorkerJob[];
}

/** A job that a worker runs, whoever owns it. */
export interface WorkerJob {
  id: string;
  type: string;
  queue: string;
  attempt: number;
  startedAt: string;
}
