import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, Statement } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { readSeed } from './embedded-seed.ts';
import type { Answer } from './pglite-messages.ts';
import { PgliteThread } from './pglite-thread.ts';
import { type RemoteSession, SessionDatabase } from './session-database.ts';

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

class Pglite extends SessionDatabase implements EmbeddedDatabase {
  readonly #thread: PgliteThread;

  constructor(thread: PgliteThread, afterClose: () => void) {
    const session = new ThreadSession(thread, afterClose);
    super({ session, shared: false, closedMessage: 'the embedded database is closed' });
    this.#thread = thread;
  }

  async dump(): Promise<Uint8Array<ArrayBuffer>> {
    return await this.inTurn(() => this.#thread.call({ op: 'dump' }));
  }
}

class ThreadSession implements RemoteSession {
  readonly #thread: PgliteThread;
  readonly #afterClose: () => void;

  constructor(thread: PgliteThread, afterClose: () => void) {
    this.#thread = thread;
    this.#afterClose = afterClose;
  }

  query(transaction: number | undefined, { name, text }: Statement, values: readonly unknown[]): Promise<Answer> {
    return this.#thread.call({ op: 'query', transaction, name, text, values });
  }

  script(text: string): Promise<void> {
    return this.#thread.call({ op: 'script', text });
  }

  begin(): Promise<number> {
    return this.#thread.call({ op: 'begin' });
  }

  end(transaction: number, how: 'commit' | 'rollback'): Promise<void> {
    return this.#thread.call({ op: how, transaction });
  }

  async close(): Promise<void> {
    // It fails only when the engine is gone, and then there is nothing left to close.
    await this.#thread.call({ op: 'close' }).catch(() => {});
    await this.#thread.terminate();
    this.#afterClose();
  }
}
