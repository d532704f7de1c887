import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * The port to the database. Both adapters speak PostgreSQL: `postgres.ts` (`postgres://`), `pglite.ts` (`pglite:DIR`).
 * Hot statements go through `query` with a name (prepared once per connection), everyday ones through `kysely`.
 */
export interface Database extends Queryable {
  readonly kysely: Kysely<Tables>;
  /** One transaction; rolled back when `work` throws. Inside it use only `tx`: on PGlite another query would wait for ever. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Several statements at once, without parameters (migrations). */
  script(sql: string): Promise<void>;
  /** Whether other processes can work on the same data. False on PGlite: one process, one session. */
  readonly shared: boolean;
  /** Closing twice is fine. */
  close(): Promise<void>;
}

export interface Queryable {
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** A hand-written statement. `name` makes it prepared; unique within the program. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Column types are the same from both adapters: `int8` and `count(*)` number, `timestamptz` Date, `json` parsed,
 * `uuid` string, arrays as arrays. JSON goes in as a string (`JSON.stringify`), never as a JS array or object.
 */
export class DatabaseUnavailable extends Error {
  readonly code = 'DATABASE_UNAVAILABLE';
  override readonly name = 'DatabaseUnavailable';
}
