import { Worker } from 'node:worker_threads';
import { DatabaseUnavailable } from './database.ts';
import type { EngineOptions, Refusal, Reply, Request } from './pglite-messages.ts';

/** A request as its caller writes it: the thread numbers it. */
export type Call = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

interface Waiter {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The thread in which PGlite runs, seen from outside. */
export class PgliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiter>();
  #calls = READY;
  #end: DatabaseUnavailable | undefined;

  /** Resolves when the database is open. */
  static async start(options: EngineOptions): Promise<PgliteThread> {
    const thread = new PgliteThread(options);
    await new Promise((resolve, reject) => thread.#waiting.set(READY, { resolve, reject }));
    return thread;
  }

  private constructor(options: EngineOptions) {
    this.#worker = new Worker(WORKER_FILE, {
      name: 'cloudtask-database',
      workerData: options,
      // PostgreSQL recurses on the stack of its thread. With the usual 4 MB, JSON nested 6,200 deep used it up, which
      // WebAssembly does not survive; PostgreSQL's own limit comes first with these.
      resourceLimits: { stackSizeMb: 64 },
    });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#stop(`the embedded database failed: ${String(error)}`, error));
    this.#worker.on('exit', () => this.#stop('the embedded database stopped'));
  }

  call<T>(call: Call): Promise<T> {
    const id = ++this.#calls;
    return new Promise<T>((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#worker.postMessage({ ...call, id } as Request);
    });
  }

  async terminate(): Promise<void> {
    this.#stop('the embedded database is closed');
    await this.#worker.terminate();
  }

  #receive(reply: Reply): void {
    if ('ready' in reply) this.#settle(READY, ({ resolve }) => resolve(undefined));
    else if ('answer' in reply) this.#settle(reply.id, ({ resolve }) => resolve(reply.answer));
    else if ('refusal' in reply) this.#settle(reply.id, ({ reject }) => reject(toError(reply.refusal)));
    else this.#abandon(reply.broken);
  }

  #abandon(reason: string): void {
    this.#stop(`the embedded database broke: ${reason}. What was committed is safe; start the program again`);
    this.#worker.terminate().catch(() => {});
  }

  #settle(id: number, how: (waiter: Waiter) => void): void {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiter) how(waiter);
  }

  #stop(message: string, cause?: unknown): void {
    this.#end ??= new DatabaseUnavailable(message, { cause });
    const waiters = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiters) reject(this.#end);
  }
}

const READY = 0;

// The compiler does not rewrite the extension of a URL as it does that of an import.
const WORKER_FILE = new URL(`./pglite-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

function toError({ message, ...fields }: Refusal): Error {
  return Object.assign(new Error(message), fields);
}
