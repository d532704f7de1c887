import { once } from 'node:events';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { EndKind } from './metrics.ts';
import type { WorkerObserver } from './worker-parts.ts';

/** What happens on a worker, for the program it runs in. */
export type WorkerEvent =
  | { kind: 'claimed' | 'completed'; jobId: string; type: string; attempt: number }
  /** The attempt failed, or was cancelled; whether the job goes on is for the server to say. */
  | { kind: 'failed'; jobId: string; type: string; attempt: number; error: Error }
  /** Without a result and without using up an attempt: it snoozed, or the worker stops. */
  | { kind: 'released'; jobId: string; type: string; attempt: number }
  /** An operator drains this worker: it stops, as after `stop()`. The program goes on. */
  | { kind: 'draining'; reason: string | null }
  /** Of the worker itself. */
  | { kind: 'error'; error: Error };

/** Gives events to all who listen. Who is slow loses the oldest: the worker waits for nobody. */
export class EventFeed implements WorkerObserver {
  readonly #listeners = new Set<Listener>();

  claimed(attempt: Attempt): void {
    if (this.#listeners.size > 0) this.#tell({ kind: 'claimed', ...aboutJob(attempt) });
  }

  ended(attempt: Attempt, kind: EndKind, end: AttemptEnd | undefined): void {
    if (this.#listeners.size === 0) return;
    const about = aboutJob(attempt);
    if (kind === 'completed') this.#tell({ kind, ...about });
    else if (end?.kind === 'failed') this.#tell({ kind: 'failed', ...about, error: errorOf(end) });
    else this.#tell({ kind: 'released', ...about });
  }

  draining(reason: string | null): void {
    this.#tell({ kind: 'draining', reason });
  }

  failed(error: Error): void {
    this.#tell({ kind: 'error', error });
  }

  /** Hears from this moment on. Ends when the signal is aborted, with what was told until then. */
  listen(signal: AbortSignal): AsyncGenerator<WorkerEvent, void> {
    const listener = new Listener();
    this.#listeners.add(listener);
    return this.#read(listener, signal);
  }

  async *#read(listener: Listener, signal: AbortSignal): AsyncGenerator<WorkerEvent, void> {
    try {
      while (true) {
        yield* listener.take();
        if (signal.aborted) return;
        await listener.next(signal);
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #tell(event: WorkerEvent): void {
    for (const listener of this.#listeners) listener.add(event);
  }
}

class Listener {
  readonly #bell = new EventTarget();
  #waiting: WorkerEvent[] = [];

  add(event: WorkerEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#bell.dispatchEvent(new Event('event'));
  }

  take(): WorkerEvent[] {
    return this.#waiting.splice(0);
  }

  async next(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0) return;
    // Aborted: the listener takes what is left, and ends.
    await once(this.#bell, 'event', { signal }).catch(() => {});
  }
}

const MOST_WAITING = 1_000;

function aboutJob({ job: { id, type, attempt } }: Attempt) {
  return { jobId: id, type, attempt };
}

function errorOf({ name, message, code, reason }: Extract<AttemptEnd, { kind: 'failed' }>): Error {
  return Object.assign(new Error(message), { name, reason, ...(code !== undefined && { code }) });
}
