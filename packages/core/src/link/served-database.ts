import type { Database, Queryable } from '../database/database.ts';
import type { Answer } from '../database/pglite-messages.ts';
import { inRawTransaction, rawRunner } from '../database/raw-statements.ts';
import type { LinkCall } from './link-messages.ts';

type DatabaseCall = Extract<LinkCall, { op: 'query' | 'script' | 'begin' | 'end' }>;
type QueryCall = Extract<DatabaseCall, { op: 'query' }>;

interface OpenTransaction {
  run(call: QueryCall): Promise<Answer>;
  end(how: 'commit' | 'rollback'): void;
  /** Resolves when it is committed or rolled back; rejects when it could not be. */
  ended: Promise<void>;
}

/** A database as the other side of a link sees it. */
export class ServedDatabase {
  readonly #database: Database;
  readonly #transactions = new Map<number, OpenTransaction>();
  readonly #running = new Set<Promise<unknown>>();
  #lastTransaction = 0;
  #isClosed = false;

  constructor(database: Database) {
    this.#database = database;
  }

  async answer(call: DatabaseCall): Promise<unknown> {
    const work = this.#do(call);
    const settled = work.then(ignore, ignore);
    this.#running.add(settled);
    void settled.then(() => this.#running.delete(settled));
    return await work;
  }

  /** Rolls back what is open, and waits for what runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#transactions.values()];
    for (const { end } of open) end('rollback');
    await Promise.all(open.map(({ ended }) => ended.catch(ignore)));
    await Promise.all(this.#running);
  }

  async #do(call: DatabaseCall): Promise<unknown> {
    switch (call.op) {
      case 'script':
        return await this.#database.script(call.text);
      case 'begin':
        return await (call.isForKysely ? this.#beginForKysely() : this.#begin());
      case 'end':
        return await this.#end(call.transaction, call.how);
      case 'query':
        return call.transaction === undefined ? await this.#query(call) : await this.#find(call.transaction).run(call);
    }
  }

  async #query(call: QueryCall): Promise<Answer> {
    // Only kysely asks how many rows were changed, and its statements have no names.
    if (call.name !== '') return await run(this.#database, call);
    return await rawRunner(this.#database.kysely)(call.text, call.values);
  }

  #begin(): Promise<number> {
    return this.#open((hold) => this.#database.transaction((tx) => hold((call) => run(tx, call))));
  }

  #beginForKysely(): Promise<number> {
    return this.#open((hold) =>
      inRawTransaction(this.#database, (runRaw) => hold(({ text, values }) => runRaw(text, values))),
    );
  }

  /** Resolves when `start` holds the transaction; it does so until the other side ends it. */
  #open(start: (hold: (run: OpenTransaction['run']) => Promise<void>) => Promise<void>): Promise<number> {
    const id = ++this.#lastTransaction;
    return new Promise((begun, failed) => {
      const { promise: isDecided, resolve: decide } = Promise.withResolvers<'commit' | 'rollback'>();
      const ended = start(async (run) => {
        this.#transactions.set(id, { run, end: decide, ended });
        if (this.#isClosed) decide('rollback');
        begun(id);
        if ((await isDecided) === 'rollback') throw new RolledBack();
      }).catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error;
      });
      ended.catch(failed).finally(() => this.#transactions.delete(id));
    });
  }

  async #end(id: number, how: 'commit' | 'rollback'): Promise<void> {
    const { end, ended } = this.#find(id);
    end(how);
    await ended;
  }

  #find(id: number): OpenTransaction {
    const transaction = this.#transactions.get(id);
    if (!transaction) throw new Error('this transaction is over');
    return transaction;
  }
}

/** How a transaction is told to roll back: its work throws. */
class RolledBack extends Error {}

async function run(db: Queryable, { name, text, values }: QueryCall): Promise<Answer> {
  const rows = await db.query({ name, text }, values);
  return { rows, affectedRows: 0 };
}

const ignore = () => {};
