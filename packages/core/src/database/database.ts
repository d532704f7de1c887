import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * The port to the database. Both adapters speak PostgreSQL: `postgres.ts` (`postgres://`), `pglite.ts` (`pglite:DIR`).
 * Hot statements go through `query` with a name (prepared once per connection), everyday ones through `kysely`.
 *
 * What a caller can expect:
 * - a refused statement throws PostgreSQL's error with its SQLSTATE in `code`, and `constraint`, `detail`, `table`;
 * - a database that cannot be reached, or that went away, throws `DatabaseUnavailable`. A statement that had been sent
 *   may have happened all the same: repeat it only if a second time does no harm;
 * - nothing is repeated by the adapters; `retryTransient` does it for deadlocks and serialization failures.
 */
export interface Database extends Queryable {
  readonly kysely: Kysely<Tables>;
  /**
   * One transaction; rolled back when `work` throws, and refused (25P02) when `work` swallowed the error of a statement.
   * Inside it use only `tx`: on PGlite, which has a single session, another query would wait for ever.
   * PGlite therefore refuses it; through `kysely` it cannot tell, and does wait.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Several statements at once, without parameters (migrations). All of them happen or none does. */
  script(sql: string): Promise<void>;
  /** Whether other processes can work on the same data. False on PGlite: one process, one session. */
  readonly shared: boolean;
  /** Closing twice is fine. Statements under way are waited for; later ones throw `DatabaseUnavailable`. */
  close(): Promise<void>;
}

/**
 * Column types are the same from both adapters: `int8` and `count(*)` number (exact up to 2^53), `timestamptz` Date
 * (or the numbers ±Infinity), `date` Date at midnight UTC, `json` parsed, `numeric` and `interval` string, `uuid` string,
 * arrays of these as arrays. Arrays of enums are not: select them as `text[]`.
 * JSON goes in as a string (`JSON.stringify`), never as a JS array or object.
 */
export interface Queryable {
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** What can do several statements together. */
export type Transactional = Pick<Database, 'query' | 'transaction'>;

/** A hand-written statement. `name` makes it prepared; unique within the program. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The database cannot be reached, went away, or was closed. `cause` says how it showed. */
export class DatabaseUnavailable extends Error {
  readonly code = 'DATABASE_UNAVAILABLE';
  override readonly name = 'DatabaseUnavailable';
}
