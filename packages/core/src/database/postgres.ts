import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { columnArrays, columnParsers } from './column-types.ts';
import { type Database, DatabaseUnavailable, type Queryable, type Statement } from './database.ts';
import { PLANNER_SETTINGS } from './planner-settings.ts';
import { asPortError, describeServer } from './postgres-unavailable.ts';
import type { Tables } from './tables.ts';

export interface PostgresOptions {
  url: string;
  /** A few go a long way: a statement takes a fraction of a millisecond, and each connection is a server process. */
  maxConnections?: number;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  statementTimeoutMs?: number;
  logger?: { warn(fields: object, message: string): void };
}

/**
 * Opens no connection yet, so a server that is away does not keep a service from starting: each statement tries anew,
 * and `ping` tells.
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  return new Postgres(options);
}

/** A session of one's own. What it holds, an advisory lock above all, is free the moment its process dies. */
export interface Session extends Queryable {
  /** Calls back once when the session is gone, at once if it is gone already; not after `close`. */
  onLost(callback: (reason: DatabaseUnavailable) => void): void;
  close(): Promise<void>;
}

export interface SessionOptions {
  applicationName: string;
  /** A server that does not answer for this long is as good as gone: the session ends itself. */
  answerWithinMs?: number;
}

/** Fails with `DatabaseUnavailable` when the server cannot be reached now. */
export async function holdSession(url: string, options: SessionOptions): Promise<Session> {
  const server = describeServer(url);
  const client = new pg.Client({
    ...connectionOptions(url, options.applicationName),
    query_timeout: options.answerWithinMs ?? 5_000,
  });
  const session = new HeldSession(client, server);
  try {
    await client.connect();
  } catch (error) {
    throw asPortError(error, server);
  }
  return session;
}

function connectionOptions(url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  };
}

class Postgres implements Database {
  readonly shared = true;
  readonly kysely: Kysely<Tables>;
  readonly #pool: pg.Pool;
  readonly #server: string;
  #closed: Promise<void> | undefined;

  constructor({ url, maxConnections = 4, applicationName, statementTimeoutMs = 30_000, logger }: PostgresOptions) {
    this.#server = describeServer(url);
    this.#pool = new pg.Pool({
      ...connectionOptions(url, applicationName),
      max: maxConnections,
      // A connection that is opened anew has to prepare its statements again.
      idleTimeoutMillis: 60_000,
      statement_timeout: statementTimeoutMs,
      // When not even the server's own timeout is heard of, the network is gone: keep-alive would take minutes to tell.
      query_timeout: statementTimeoutMs + 5_000,
      // A process that is stopped (SIGSTOP, a paused VM) in mid-transaction must not keep its locks.
      idle_in_transaction_session_timeout: 30_000,
    });
    // Without listeners the loss of a connection, idle or lent out, would end the process.
    this.#pool.on('error', (err) => logger?.warn({ err }, 'lost an idle database connection'));
    this.#pool.on('connect', (client) => {
      client.on('error', ignore);
      // Queued before the borrower's first statement; should it fail, that one fails too, and tells.
      client.query(PLANNER).catch(ignore);
    });
    const connect = async () => asKyselyClient(await this.#lend());
    this.kysely = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: { options: this.#pool.options, connect, end: async () => {} } }),
    });
  }

  async query<Row>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#with((lent) => lent.run({ name, text, values: [...values] }));
    return rows;
  }

  async script(sql: string): Promise<void> {
    // A migration may take its time: it lifts the server's limit itself (`set local`), and the driver's is lifted here.
    await this.#with((lent) => lent.run({ text: sql, query_timeout: LONGEST_TIMER_MS }));
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return await this.#with(async (lent) => {
      await lent.run({ text: 'begin' });
      const tx = new Transaction(lent);
      try {
        const value = await work(tx);
        await tx.commit();
        return value;
      } catch (error) {
        await tx.rollback();
        throw error;
      }
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.end();
    return this.#closed;
  }

  async #with<T>(work: (lent: LentConnection) => Promise<T>): Promise<T> {
    const lent = await this.#lend();
    try {
      return await work(lent);
    } finally {
      lent.release();
    }
  }

  async #lend(): Promise<LentConnection> {
    try {
      return new LentConnection(await this.#pool.connect(), this.#server);
    } catch (error) {
      throw asPortError(error, this.#server);
    }
  }
}

const PLANNER = Object.entries(PLANNER_SETTINGS)
  .map(([name, value]) => `set ${name} = ${value}`)
  .join('; ');

/** pg reads `query_timeout` per query, its types do not say so. */
type Query = pg.QueryConfig<unknown[]> & { query_timeout?: number };

/**
 * A connection taken from the pool. It goes back unless it was lost, so that its prepared statements stay: `Pool.query`
 * would throw the connection away after any error, a mere duplicate key too.
 */
class LentConnection {
  readonly #client: pg.PoolClient;
  readonly #server: string;
  #isLost = false;

  constructor(client: pg.PoolClient, server: string) {
    this.#client = client;
    this.#server = server;
  }

  async run(query: Query): Promise<pg.QueryResult> {
    try {
      return await this.#client.query(query);
    } catch (error) {
      const seen = asPortError(error, this.#server);
      if (seen instanceof DatabaseUnavailable) this.#isLost = true;
      throw seen;
    }
  }

  release(discard = false): void {
    this.#client.release(discard || this.#isLost);
  }
}

/** One statement after the other, and none after the end. */
class Transaction implements Queryable {
  readonly #lent: LentConnection;
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(lent: LentConnection) {
    this.#lent = lent;
  }

  async query<Row>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    if (this.#isOver) throw new Error(`statement ${name} came after the end of its transaction`);
    return (await this.#next({ name, text, values: [...values] })).rows;
  }

  async commit(): Promise<void> {
    this.#isOver = true;
    const { command } = await this.#next({ text: 'commit' });
    // PostgreSQL answers so, without an error, when a statement of the transaction had failed.
    if (command === 'ROLLBACK') throw Object.assign(new Error(SWALLOWED), { code: '25P02' });
  }

  async rollback(): Promise<void> {
    this.#isOver = true;
    // It can fail only with the connection, and then the server rolls back by itself.
    await this.#next({ text: 'rollback' }).catch(ignore);
  }

  #next(query: Query): Promise<pg.QueryResult> {
    const next = this.#last.then(() => this.#lent.run(query));
    this.#last = next.catch(ignore);
    return next;
  }
}

const SWALLOWED = 'a statement of this transaction failed, so PostgreSQL rolled it back instead of committing it';

class HeldSession implements Session {
  readonly #client: pg.Client;
  readonly #server: string;
  readonly #listeners: ((reason: DatabaseUnavailable) => void)[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #lost: DatabaseUnavailable | undefined;
  #closed: Promise<void> | undefined;

  constructor(client: pg.Client, server: string) {
    this.#client = client;
    this.#server = server;
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(new Error('Connection terminated')));
  }

  async query<Row>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    const next = this.#last.then(() => this.#client.query({ name, text, values: [...values] }));
    this.#last = next.catch(ignore);
    try {
      return (await next).rows;
    } catch (error) {
      const seen = asPortError(error, this.#server);
      if (seen instanceof DatabaseUnavailable) this.#lose(error);
      throw seen;
    }
  }

  onLost(callback: (reason: DatabaseUnavailable) => void): void {
    if (this.#lost) callback(this.#lost);
    else this.#listeners.push(callback);
  }

  close(): Promise<void> {
    this.#closed ??= this.#client.end();
    return this.#closed;
  }

  #lose(error: unknown): void {
    if (this.#lost || this.#closed) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#lost = new DatabaseUnavailable(`lost the session with PostgreSQL at ${this.#server}: ${reason}`, {
      cause: error,
    });
    // The server may still take this session for alive, with all that it holds.
    this.close().catch(ignore);
    for (const listener of this.#listeners) listener(this.#lost);
  }
}

/** The part of pg's client that kysely uses. The other form of its `query` is for cursors, which nobody asks for here. */
function asKyselyClient(lent: LentConnection): PostgresPoolClient {
  const query = (text: unknown, values: readonly unknown[] = []) =>
    lent.run({ text: String(text), values: [...values] });
  return { query: query as unknown as PostgresPoolClient['query'], release: (discard) => lent.release(discard) };
}

// pg's types know no OIDs of arrays, its parsers do.
type PgOid = Parameters<typeof pg.types.getTypeParser>[0];

function getTypeParser(oid: PgOid, format?: 'text' | 'binary'): (text: string) => unknown {
  const element = columnArrays[oid];
  if (element === undefined) return columnParsers[oid] ?? pg.types.getTypeParser(oid, format);
  return (text) => parseArray(text, columnParsers[element] ?? String);
}

function parseArray(text: string, parse: (text: string) => unknown): unknown[] {
  const texts: (string | null)[] = parseTextArray(text);
  return texts.map((item) => (item === null ? null : parse(item)));
}

const parseTextArray = pg.types.getTypeParser(1009 as PgOid);
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const ignore = () => {};
