import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PGliteDialect, type PGliteDialectConfig } from 'kysely';
import { type Database, DatabaseUnavailable, type Queryable, type Statement } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { readSeed } from './embedded-seed.ts';
import type { Answer } from './pglite-messages.ts';
import { type Call, PgliteThread } from './pglite-thread.ts';
import type { Tables } from './tables.ts';

/**
 * PostgreSQL inside this process, its files in `directory/db`. Throws `DirectoryInUse` when another process works there.
 * What was committed survives the death of the process (kill -9), but not that of the machine: PGlite never calls fsync.
 */
export async function openPglite({ directory }: { directory: string }): Promise<EmbeddedDatabase> {
  const lock = lockDirectory(directory);
  try {
    const files = filesIn(directory);
    const seed = existsSync(files) ? undefined : await readSeed();
    const thread = await PgliteThread.start({ directory: files, seed });
    return new Pglite(thread, () => lock.close());
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Whether `openPglite` would find a database there, or make one. */
export function holdsPglite(directory: string): boolean {
  return existsSync(filesIn(directory));
}

function filesIn(directory: string): string {
  return join(directory, 'db');
}

/** The same without files: for tests, and for trying things out. */
export async function openPgliteInMemory(): Promise<EmbeddedDatabase> {
  const thread = await PgliteThread.start({ directory: undefined, seed: await readSeed() });
  return new Pglite(thread, () => {});
}

export interface EmbeddedDatabase extends Database {
  /** All its files as a tar archive. */
  dump(): Promise<Uint8Array<ArrayBuffer>>;
}

class Pglite implements EmbeddedDatabase {
  readonly shared = false;
  readonly kysely: Kysely<Tables>;
  readonly #thread: PgliteThread;
  readonly #afterClose: () => void;
  readonly #current = new AsyncLocalStorage<Transaction>();
  #closed: Promise<void> | undefined;

  constructor(thread: PgliteThread, afterClose: () => void) {
    this.#thread = thread;
    this.#afterClose = afterClose;
    this.kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: this.#asKyselyEngine() }) });
  }

  async query<Row>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#call<Answer>({ op: 'query', transaction: undefined, name, text, values });
    return rows as Row[];
  }

  async script(sql: string): Promise<void> {
    await this.#call({ op: 'script', text: sql });
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const id = await this.#call<number>({ op: 'begin' });
    const tx = new Transaction(this.#thread, Promise.resolve(id));
    return await this.#current.run(tx, () => within(tx, work));
  }

  async dump(): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#call({ op: 'dump' });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // It fails only when the engine is gone, and then there is nothing left to close.
    await this.#thread.call({ op: 'close' }).catch(() => {});
    await this.#thread.terminate();
    this.#afterClose();
  }

  async #call<T>(call: Call): Promise<T> {
    if (this.#closed) throw new DatabaseUnavailable('the embedded database is closed');
    if (this.#current.getStore()?.isOpen) throw new Error(USE_TX);
    return await callFrom(this.#thread, call);
  }

  /** What kysely's dialect needs of PGlite's class. It closes nothing: kysely is a guest here. */
  #asKyselyEngine(): PGliteDialectConfig['pglite'] {
    const fields: [] = [];
    const query = async <R>(run: Promise<Answer>) => ({ ...(await run), rows: (await run).rows as R[], fields });
    return {
      closed: false,
      ready: true,
      waitReady: Promise.resolve(),
      close: async () => {},
      query: <R>(text: string, values: unknown[] = []) =>
        query<R>(this.#call({ op: 'query', transaction: undefined, name: '', text, values })),
      transaction: (work) => {
        // Kysely waits until its callback runs, also when the transaction cannot begin: its first statement says so.
        const tx = new Transaction(this.#thread, this.#call({ op: 'begin' }));
        return within(tx, () =>
          work({
            query: <R>(text: string, values: unknown[] = []) => query<R>(tx.run('', text, values)),
            rollback: () => tx.end('rollback'),
          }),
        );
      },
    };
  }
}

const USE_TX =
  'inside a transaction only its tx may be used: the embedded database has one session, so this would wait for ever';

class Transaction implements Queryable {
  readonly #thread: PgliteThread;
  readonly #id: Promise<number>;
  isOpen = true;

  constructor(thread: PgliteThread, id: Promise<number>) {
    this.#thread = thread;
    this.#id = id;
  }

  async query<Row>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.run(name, text, values)).rows as Row[];
  }

  async run(name: string, text: string, values: readonly unknown[]): Promise<Answer> {
    if (!this.isOpen) throw new Error(`statement ${name || text} came after the end of its transaction`);
    return await callFrom(this.#thread, { op: 'query', transaction: await this.#id, name, text, values });
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await callFrom(this.#thread, { op: how, transaction: await this.#id });
  }
}

async function within<T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    const value = await work(tx);
    await tx.end('commit');
    return value;
  } catch (error) {
    // It can fail only with the engine, and then nothing was committed.
    await tx.end('rollback').catch(() => {});
    throw error;
  }
}

/** An error comes without a stack from the other thread; this gives it the caller's. */
async function callFrom<T>(thread: PgliteThread, call: Call): Promise<T> {
  try {
    return await thread.call<T>(call);
  } catch (error) {
    if (error instanceof Error && !(error instanceof DatabaseUnavailable)) Error.captureStackTrace(error, callFrom);
    throw error;
  }
}
