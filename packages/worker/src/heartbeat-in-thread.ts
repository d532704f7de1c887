import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from '@cloudtask/core/logger';
import type { HeartbeatEvents, Heartbeats, WorkerStats } from './heartbeat.ts';
import type { ThreadOptions, ToMain, ToThread } from './heartbeat-messages.ts';
import type { MainThreadWatch } from './main-thread-watch.ts';

export interface HeartbeatInThread extends HeartbeatEvents {
  databaseUrl: string;
  workerId: number;
  readStats(): WorkerStats;
  watch: MainThreadWatch;
  endAfterMs?: number | undefined;
  logger: Logger;
}

/**
 * Heartbeats from a thread of their own, so that a handler that keeps this one busy costs no lease. Resolves when the
 * worker's lock is held: before that its jobs could be taken for a dead worker's.
 */
export async function startHeartbeatThread(options: HeartbeatInThread): Promise<Heartbeats> {
  const { databaseUrl, workerId, watch, endAfterMs, readStats } = options;
  const workerData: ThreadOptions = { databaseUrl, workerId, stats: readStats(), watch: watch.shared, endAfterMs };
  const heartbeats = new ThreadHeartbeats(options, new Worker(THREAD, { workerData, name: 'heartbeat' }));
  try {
    await heartbeats.locked;
    return heartbeats;
  } catch (error) {
    await heartbeats.close();
    throw error;
  }
}

// The compiler renames what is imported, not what is named in a URL.
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './heartbeat-thread.ts' : './heartbeat-thread.js',
  import.meta.url,
);

class ThreadHeartbeats implements Heartbeats {
  readonly locked: Promise<void>;
  readonly #options: HeartbeatInThread;
  readonly #thread: Worker;
  readonly #stats: NodeJS.Timeout;
  #told = '';
  #isOver = false;
  #closed: Promise<void> | undefined;

  constructor(options: HeartbeatInThread, thread: Worker) {
    this.#options = options;
    this.#thread = thread;
    this.locked = new Promise((resolve, reject) => {
      thread.on('message', (message: ToMain) => this.#receive(message, resolve, reject));
      thread.on('error', (err) => {
        options.logger.error({ err }, 'the heartbeat thread failed');
        this.#lose('the heartbeat thread failed', reject);
      });
      thread.on('exit', () => this.#lose('the heartbeat thread ended', reject));
    });
    this.#stats = setInterval(() => this.#tellStats(), STATS_MS);
  }

  beatNow(): void {
    this.#tellStats();
    this.#tell({ kind: 'beat' });
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    clearInterval(this.#stats);
    if (this.#isOver && this.#thread.threadId === -1) return;
    this.#isOver = true;
    const ended = once(this.#thread, 'exit');
    this.#tell({ kind: 'close' });
    const impatience = setTimeout(() => void this.#thread.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(impatience);
  }

  #receive(message: ToMain, locked: () => void, failed: (error: Error) => void): void {
    switch (message.kind) {
      case 'locked':
        locked();
        break;
      case 'answer':
        this.#options.onAnswer(message.wishes);
        break;
      case 'lost':
        this.#lose(message.why, failed);
        break;
      case 'log':
        this.#options.logger[message.level](message.fields, message.message);
        break;
    }
  }

  #lose(why: string, failed: (error: Error) => void): void {
    clearInterval(this.#stats);
    failed(new Error(why));
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onLost(why);
  }

  // Only what changed: an idle worker has nothing to tell.
  #tellStats(): void {
    const stats = this.#options.readStats();
    const { doneTokens, ...rest } = stats;
    const text = JSON.stringify(rest);
    if (doneTokens.length === 0 && text === this.#told) return;
    this.#told = text;
    this.#tell({ kind: 'stats', stats });
  }

  #tell(message: ToThread): void {
    this.#thread.postMessage(message);
  }
}

const STATS_MS = 1_000;
const CLOSE_MS = 6_000;
