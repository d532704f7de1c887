import { afterAll, describe, expect, it } from 'vitest';
import { DatabaseUnavailable } from '../../src/database/database.ts';
import { ping } from '../../src/database/ping.ts';
import { databaseConformance } from '../database/database.conformance.ts';
import { migrateConformance } from '../database/migrate.conformance.ts';
import { Serving } from './serving.ts';

const serving = new Serving();
afterAll(() => serving.close());
const open = async () => (await serving.open({ database: true })).database;

describe('a database of another process', { timeout: 60_000 }, () => {
  databaseConformance(open);
  describe('its migrations', () => migrateConformance(open));

  it('is shared no more than it is there', async () => {
    expect((await open()).shared).toBe(false);
  });

  it('refuses a statement beside the transaction that it would wait for', async () => {
    const database = await open();
    const work = database.transaction(async (tx) => {
      await ping(tx);
      await ping(database);
    });
    await expect(work).rejects.toThrow('only its tx may be used');
    await ping(database);
  });

  it('refuses a value that cannot be sent, and goes on', async () => {
    const database = await open();
    await expect(database.query({ name: '', text: 'select $1' }, [() => {}])).rejects.toThrow('could not be cloned');
    await ping(database);
  });

  it('is away, for what runs and for what comes, when that process dies', async () => {
    const other = new Serving();
    const { database } = await other.open({ database: true });
    const begun = Promise.withResolvers<void>();
    const work = database.transaction(async (tx) => {
      await ping(tx);
      begun.resolve();
      await tx.query({ name: '', text: 'select pg_sleep(60)' }, []);
    });
    await begun.promise;
    const outcome = expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
    await other.close();
    await outcome;
    await expect(ping(database)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(database.transaction(ping)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await database.close();
  });

  it('rolls back what is open when the link ends', async () => {
    const { database, session } = await serving.open({ database: true });
    await database.script('create table items (note text)');
    const begun = Promise.withResolvers<void>();
    const insert = { name: 'insert_note', text: 'insert into items values ($1)' };
    await database.query(insert, ['before']);
    // Nobody ends it: its process would be gone.
    void database.transaction(async (tx) => {
      await tx.query(insert, ['inside']);
      begun.resolve();
      await new Promise(() => {});
    });
    await begun.promise;
    const { rows } = await serving.endAndLook(session, 'select note from items');
    expect(rows).toEqual([{ note: 'before' }]);
  });
});
