/**
 * The port to the doorbell: "something about this changed, look again". At most once and lossy by contract;
 * everything that listens also looks by itself now and then (each 1–5 s). Adapters: `redis.ts`, `memory.ts`.
 */
export interface Signals {
  /** Fire and forget: never throws, never waits; dropped when the doorbell is away. */
  ring(channel: SignalChannel, notes: readonly SignalNote[]): void;
  /** Resolves when listening, or at once when the doorbell is away (it is subscribed when it comes back). */
  listen(channel: SignalChannel, onNotes: (notes: readonly SignalNote[]) => void): Promise<Listener>;
  readonly health: { readonly up: boolean; readonly detail?: string };
  /** Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * `jobs`: a job changed. `journals`: a running job said something. `cancels`: a running job was asked to stop.
 * `backlog`: jobs wait for dispatch. `drains`: a worker was asked to drain.
 */
export type SignalChannel = 'jobs' | 'journals' | 'cancels' | 'backlog' | 'drains';

/** Only ids: who listens reads the database, so that a forged or old note shows nothing. */
export interface SignalNote {
  /** Job id; for `backlog` the queue name, for `drains` the worker's id. */
  id: string;
  /** Owner of the job, for streams over all own jobs. */
  userId?: string | undefined;
}

export interface Listener {
  close(): Promise<void>;
}
