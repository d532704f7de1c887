import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, DatabaseUnavailable } from '../../src/database/database.ts';
import { DirectoryInUse, readHolder } from '../../src/database/directory-lock.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { openPglite, openPgliteInMemory } from '../../src/database/pglite.ts';
import { ping } from '../../src/database/ping.ts';
import { databaseConformance } from './database.conformance.ts';
import { migrateConformance } from './migrate.conformance.ts';

// Without the seed a database is made by initdb, which takes seconds on a busy machine.
const INITDB_MS = 60_000;

describe('the embedded database', { timeout: INITDB_MS }, () => {
  describe('in memory', () => databaseConformance(openPgliteInMemory));

  describe('its migrations', () => migrateConformance(openPgliteInMemory));

  describe('one session', () => {
    let db: Database;
    beforeAll(async () => {
      db = await openPgliteInMemory();
    }, INITDB_MS);
    afterAll(() => db.close());

    it('is not shared', () => {
      expect(db.shared).toBe(false);
    });

    it('refuses a statement beside the transaction that it would wait for', async () => {
      const work = db.transaction(async (tx) => {
        await ping(tx);
        await ping(db);
      });
      await expect(work).rejects.toThrow('only its tx may be used');
      await ping(db);
    });

    it('refuses a transaction inside a transaction', async () => {
      await expect(db.transaction(() => db.transaction(async () => {}))).rejects.toThrow('only its tx may be used');
    });

    it('lets work that a transaction left behind go on after its end', async () => {
      let later: (() => Promise<void>) | undefined;
      await db.transaction(async (tx) => {
        await ping(tx);
        const context = Promise.resolve();
        later = () => context.then(() => ping(db));
      });
      await later?.();
    });

    it('refuses a value of the wrong kind and goes on', async () => {
      const statement = { name: 'invalid_date', text: 'select $1::timestamptz' };
      await expect(db.query(statement, [new Date(Number.NaN)])).rejects.toThrow('parameter $1');
      await ping(db);
    });
  });

  describe('when the engine breaks', () => {
    it('fails what was asked and all that comes, and closes all the same', async () => {
      const db = await openPgliteInMemory();
      await db.script('create table deep (data json)');
      // Too deep for any stack: PGlite swallows the failure and would go on with a damaged session.
      const data = '['.repeat(2_000_000);
      const insert = db.query({ name: 'deep', text: 'insert into deep values ($1)' }, [data]);
      const waiting = ping(db);
      const failure = await insert.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DatabaseUnavailable);
      await expect(waiting).rejects.toBe(failure);
      await expect(ping(db)).rejects.toBe(failure);
      await expect(db.transaction(async () => {})).rejects.toBe(failure);
      await expect(sql`select 1`.execute(db.kysely)).rejects.toBe(failure);
      const work = db.kysely.transaction().execute((trx) => sql`select 1`.execute(trx));
      await expect(work).rejects.toBe(failure);
      await db.close();
    });
  });

  describe('in a directory', () => {
    let directory: string;
    beforeEach(async () => {
      directory = join(await mkdtemp(join(tmpdir(), 'cloudtask-pglite-')), 'data');
    });
    afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

    it('keeps what was written', async () => {
      const first = await openPglite({ directory });
      await migrate(first);
      await first.script(`create table kept (note text); insert into kept values ('here')`);
      await first.close();

      const second = await openPglite({ directory });
      expect(await pendingMigrations(second)).toEqual([]);
      expect(await second.query({ name: 'kept', text: 'select note from kept' }, [])).toEqual([{ note: 'here' }]);
      await second.close();
    });

    it('is one process’s at a time', async () => {
      const db = await openPglite({ directory });
      expect(readHolder(directory)).toMatchObject({ pid: process.pid });
      await expect(openPglite({ directory })).rejects.toBeInstanceOf(DirectoryInUse);
      await db.close();
      expect(readHolder(directory)).toBeUndefined();
      const next = await openPglite({ directory });
      await next.close();
    });

    it('starts over from what a start that was killed left behind', async () => {
      await openPglite({ directory }).then((db) => db.close());
      await rm(join(directory, 'db'), { recursive: true });
      const half = join(directory, 'db.new');
      await writeFile(half, 'half a database');
      const db = await openPglite({ directory });
      await ping(db);
      await db.close();
      expect((await readdir(directory)).sort()).toEqual(['.lock', 'db']);
    });

    it('frees the directory when the database cannot be opened', async () => {
      await openPglite({ directory }).then((db) => db.close());
      await rm(join(directory, 'db', 'global'), { recursive: true });
      await expect(openPglite({ directory })).rejects.toThrow();
      await rm(join(directory, 'db'), { recursive: true });
      const db = await openPglite({ directory });
      await db.close();
    });
  });
});
