import type { Database, Statement } from './database.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { isSqlError, UNIQUE_VIOLATION } from './sql-error.ts';

/** The database was made by a newer CloudTask, in a way that this program cannot work with. Nothing was changed. */
export class DatabaseNewer extends Error {
  readonly code = 'DATABASE_NEWER';
  override readonly name = 'DatabaseNewer';
}

/**
 * Brings the schema up to this program. Each migration is one transaction together with its row in
 * `cloudtask.migrations`: killed at any moment, it is done or not begun, and the next run goes on from there.
 * Several processes may call it at once: one works, the others wait for it.
 *
 * Kysely's own migrator was the alternative. It runs everything pending in a single transaction, so that all locks of
 * all steps are held to the end, and sets no limit on how long it waits for them.
 */
export async function migrate(db: Database, migrations = MIGRATIONS): Promise<{ applied: string[] }> {
  const applied: string[] = [];
  for (const migration of await pendingMigrations(db, migrations)) {
    if (await apply(db, migration)) applied.push(migration.name);
  }
  return { applied };
}

/**
 * What `migrate` would do. Migrations that this program does not know are no obstacle as long as they only added something.
 *
 * @throws DatabaseNewer when one of them breaks older programs.
 */
export async function pendingMigrations(db: Database, migrations = MIGRATIONS): Promise<Migration[]> {
  const done = await appliedMigrations(db);
  const unknown = done.filter(({ number }) => !migrations.some((migration) => migration.number === number));
  const breaking = unknown.filter(({ breaksOlder }) => breaksOlder).map(({ name }) => name);
  if (breaking.length > 0) {
    throw new DatabaseNewer(
      `the database is newer than this program, which cannot work with what ${breaking.join(', ')} changed: update CloudTask`,
    );
  }
  return migrations.filter((migration) => !done.some(({ number }) => number === migration.number));
}

interface AppliedMigration {
  number: number;
  name: string;
  breaksOlder: boolean;
}

async function appliedMigrations(db: Database): Promise<AppliedMigration[]> {
  const [table] = await db.query<{ exists: boolean }>(FIND_TABLE, []);
  return table?.exists ? await db.query<AppliedMigration>(LIST_APPLIED, []) : [];
}

const FIND_TABLE: Statement = {
  name: 'migrations_table',
  text: `select to_regclass('cloudtask.migrations') is not null as exists`,
};

const LIST_APPLIED: Statement = {
  name: 'migrations_applied',
  // As JSON, because tables made by the first versions have no such column.
  text: `
  select number, name, coalesce((to_jsonb(m) ->> 'breaks_older')::boolean, false) as "breaksOlder"
    from cloudtask.migrations m order by number`,
};

/** False when another process was first. */
async function apply(db: Database, migration: Migration): Promise<boolean> {
  try {
    await db.script(transactionOf(migration));
    return true;
  } catch (error) {
    if (isSqlError(error, UNIQUE_VIOLATION) && error.constraint === 'migrations_pkey') return false;
    // Waiting for the lock does not tell a session what was created meanwhile, so that `if not exists` may still fail,
    // with a violation of the catalogue's own index. Nothing was done; the next try sees it.
    if (isSqlError(error, UNIQUE_VIOLATION) && error.constraint?.startsWith('pg_')) return await apply(db, migration);
    if (isSqlError(error, '55P03')) throw new Error(waitedTooLong(migration), { cause: error });
    throw error;
  }
}

// A script is one transaction. The row comes first, so that a process that waited for another's migration stops there.
// A step that waits for a table lock holds up everybody behind it, hence the limit; waiting for another migration does
// not, hence none before. Creating the table is inside the lock: `if not exists` alone fails when two do it at once.
function transactionOf({ number, name, sql, breaksOlder = false }: Migration): string {
  return `
    set local statement_timeout = 0;
    select pg_advisory_xact_lock(${LOCK_KEY});
    set local lock_timeout = '${LOCK_TIMEOUT_SECONDS}s';
    create schema if not exists cloudtask;
    create table if not exists cloudtask.migrations (
      number integer constraint migrations_pkey primary key,
      name text not null,
      applied_at timestamptz not null default now()
    );
    alter table cloudtask.migrations add column if not exists breaks_older boolean not null default false;
    insert into cloudtask.migrations (number, name, breaks_older)
    values (${number}, '${name.replaceAll("'", "''")}', ${breaksOlder});
    ${sql}`;
}

const LOCK_KEY = 4_872_551_903_268_114; // any number that nobody else has
const LOCK_TIMEOUT_SECONDS = 10;

function waitedTooLong({ name }: Migration): string {
  return (
    `migration ${name} waited ${LOCK_TIMEOUT_SECONDS} s for a table that somebody else uses, and changed nothing. ` +
    'Look for a long transaction in pg_stat_activity, then run it again'
  );
}
