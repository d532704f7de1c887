import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { DatabaseNewer, migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { MIGRATIONS, type Migration } from '../../src/database/migrations.ts';

const first: Migration = {
  number: 1,
  name: '0001-first',
  sql: 'create table first (n int); insert into first values (1);',
};
const second: Migration = { number: 2, name: '0002-second', sql: 'alter table first add column m int; -- done' };
const failing: Migration = { number: 2, name: '0002-second', sql: 'create table second (n int); select 1 / 0;' };

/** The migrations on an adapter. `open` gives a database that may be wiped. */
export function migrateConformance(open: () => Promise<Database>): void {
  let db: Database;
  beforeAll(async () => {
    db = await open();
  });
  beforeEach(() => db.script('drop schema if exists cloudtask cascade; drop table if exists first, second'));
  afterAll(() => db.close());

  describe('migrate', () => {
    it('brings an empty database up to date, once', async () => {
      expect((await pendingMigrations(db)).map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name));
      expect(await migrate(db)).toEqual({ applied: MIGRATIONS.map(({ name }) => name) });
      expect(await pendingMigrations(db)).toEqual([]);
      expect(await migrate(db)).toEqual({ applied: [] });
    });

    it('applies only what is new', async () => {
      await migrate(db, [first]);
      expect(await migrate(db, [first, second])).toEqual({ applied: ['0002-second'] });
      expect(await db.query({ name: 'see_first', text: 'select n, m from first' }, [])).toEqual([{ n: 1, m: null }]);
    });

    it('keeps the steps before one that fails, and nothing of that one', async () => {
      await expect(migrate(db, [first, failing])).rejects.toMatchObject({ code: '22012' });
      expect(
        await db.query(
          { name: 'see', text: `select to_regclass('first') is null as a, to_regclass('second') as b` },
          [],
        ),
      ).toEqual([{ a: false, b: null }]);
      expect((await pendingMigrations(db, [first, second])).map(({ name }) => name)).toEqual(['0002-second']);
      expect(await migrate(db, [first, second])).toEqual({ applied: ['0002-second'] });
    });

    it('lets an older program go on when what it does not know only added something', async () => {
      await migrate(db, [first, second]);
      expect(await pendingMigrations(db, [first])).toEqual([]);
      expect(await migrate(db, [first])).toEqual({ applied: [] });
    });

    it('refuses an older program that cannot work with what it does not know, and names that', async () => {
      await migrate(db, [first, { ...second, breaksOlder: true }]);
      const failure = await migrate(db, [first]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DatabaseNewer);
      expect(failure).toMatchObject({ message: expect.stringContaining('0002-second') });
    });

    it('reads the list of a database that was made before steps said what they break', async () => {
      await migrate(db, [first]);
      await db.script('alter table cloudtask.migrations drop column breaks_older');
      expect((await pendingMigrations(db, [first, second])).map(({ name }) => name)).toEqual(['0002-second']);
      expect(await migrate(db, [first, second])).toEqual({ applied: ['0002-second'] });
    });

    it('may be called by several at once', async () => {
      const all = await Promise.all([1, 2, 3, 4].map(() => migrate(db, [first, second])));
      expect(all.flatMap(({ applied }) => applied).sort()).toEqual(['0001-first', '0002-second']);
      expect(await db.query({ name: 'once', text: 'select count(*) as n from first' }, [])).toEqual([{ n: 1 }]);
    });
  });
}
