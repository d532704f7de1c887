import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, PGliteDialect, type PGliteDialectConfig } from 'kysely';
import { type Database, DatabaseUnavailable, type Queryable, type Statement } from './database.ts';
import type { Answer } from './pglite-messages.ts';
import type { Tables } from './tables.ts';

/** A session of PostgreSQL that is somewhere else: in a thread, in another process. A transaction has a number there. */
export interface RemoteSession {
  query(transaction: number | undefined, statement: Statement, values: readonly unknown[]): Promise<Answer>;
  script(text: string): Promise<void>;
  /** Resolves when it has begun. Kysely asks how many rows its statements changed, and gives them no names. */
  begin(options: { isForKysely: boolean }): Promise<number>;
  end(transaction: number, how: 'commit' | 'rollback'): Promise<void>;
  /** Lets go of it when what was asked for has been answered. */
  close(): Promise<void>;
}

export interface SessionOptions {
  session: RemoteSession;
  /** As in the port. */
  shared: boolean;
  /** What a call after the end is told: what is closed. */
  closedMessage: string;
}

/** The port on a session that is reached by messages. */
export class SessionDatabase implements Database {
  readonly shared: boolean;
  readonly kysely: Kysely<Tables>;
  readonly #session: RemoteSession;
  readonly #closedMessage: string;
  readonly #current = new AsyncLocalStorage<Transaction>();
  #closed: Promise<void> | undefined;

  constructor({ session, shared, closedMessage }: SessionOptions) {
    this.#session = session;
    this.shared = shared;
    this.#closedMessage = closedMessage;
    this.kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: this.#asKyselyEngine() }) });
  }

  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#call((session) => session.query(undefined, statement, values));
    return rows as Row[];
  }

  async script(sql: string): Promise<void> {
    await this.#call((session) => session.script(sql));
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const id = await this.#call((session) => session.begin({ isForKysely: false }));
    const tx = new Transaction(this.#session, Promise.resolve(id));
    return await this.#current.run(tx, () => within(tx, work));
  }

  close(): Promise<void> {
    this.#closed ??= this.#session.close();
    return this.#closed;
  }

  protected async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    return await this.#call(ask);
  }

  async #call<T>(ask: (session: RemoteSession) => Promise<T>): Promise<T> {
    if (this.#closed) throw new DatabaseUnavailable(this.#closedMessage);
    if (!this.shared && this.#current.getStore()?.isOpen) throw new Error(USE_TX);
    return await withStack(() => ask(this.#session));
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
        query<R>(this.#call((session) => session.query(undefined, { name: '', text }, values))),
      transaction: (work) => {
        // Kysely waits until its callback runs, also when the transaction cannot begin: its first statement says so.
        const begun = this.#call((session) => session.begin({ isForKysely: true }));
        const tx = new Transaction(this.#session, begun);
        return within(tx, () =>
          work({
            query: <R>(text: string, values: unknown[] = []) => query<R>(tx.run({ name: '', text }, values)),
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
  readonly #session: RemoteSession;
  readonly #id: Promise<number>;
  isOpen = true;

  constructor(session: RemoteSession, id: Promise<number>) {
    this.#session = session;
    this.#id = id;
  }

  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.run(statement, values)).rows as Row[];
  }

  async run(statement: Statement, values: readonly unknown[]): Promise<Answer> {
    if (!this.isOpen)
      throw new Error(`statement ${statement.name || statement.text} came after the end of its transaction`);
    const id = await this.#id;
    return await withStack(() => this.#session.query(id, statement, values));
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    const id = await this.#id;
    await withStack(() => this.#session.end(id, how));
  }
}

async function within<T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    const value = await work(tx);
    await tx.end('commit');
    return value;
  } catch (error) {
    // It can fail only with the session, and then nothing was committed.
    await tx.end('rollback').catch(() => {});
    throw error;
  }
}

/** An error comes without a stack from elsewhere; this gives it the caller's. */
async function withStack<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && !(error instanceof DatabaseUnavailable)) Error.captureStackTrace(error, withStack);
    throw error;
  }
}
