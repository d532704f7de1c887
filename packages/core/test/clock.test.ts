import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseClock, databaseClock, systemClock } from '../src/clock.ts';
import { type Database, DatabaseUnavailable } from '../src/database/database.ts';
import { openPgliteInMemory } from '../src/database/pglite.ts';

const HOUR = 3_600_000;
let db: Database;
let stop = new AbortController();

beforeAll(async () => {
  db = await openPgliteInMemory();
  await db.script('create schema if not exists cloudtask');
  await setDatabaseTime('0 hours');
});
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});
afterAll(() => db.close());

async function setDatabaseTime(offset: string): Promise<void> {
  await db.script(`create or replace function cloudtask.clock() returns timestamptz language sql stable as
    $$ select pg_catalog.now() + interval '${offset}' $$`);
}

function expectAheadBy(clock: DatabaseClock, ms: number): void {
  expect(Math.abs(clock.now() - Date.now() - ms)).toBeLessThan(100);
  expect(Number.isInteger(clock.now())).toBe(true);
}

describe('the clock of the database', () => {
  it.each([
    ['0 hours', 0],
    ['2 hours', 2 * HOUR],
    ['-1 hour', -HOUR],
  ])('is followed when it is %s ahead', async (offset, ms) => {
    await setDatabaseTime(offset);
    expectAheadBy(await databaseClock(db, stop.signal), ms);
  });

  it('is read again on request, for who moved it', async () => {
    await setDatabaseTime('0 hours');
    const clock = await databaseClock(db, stop.signal);
    await setDatabaseTime('3 hours');
    expectAheadBy(clock, 0);
    await clock.measure();
    expectAheadBy(clock, 3 * HOUR);
  });

  it('is the system clock while the database is away', async () => {
    const gone = { query: () => Promise.reject(new DatabaseUnavailable('away')) };
    const clock = await databaseClock(gone, stop.signal);
    expectAheadBy(clock, 0);
    await expect(clock.measure()).rejects.toThrow(DatabaseUnavailable);
    expectAheadBy(clock, 0);
  });

  it('goes on from the last measurement when the database goes away', async () => {
    await setDatabaseTime('2 hours');
    let isAway = false;
    const flaky = {
      query: <Row>(...call: Parameters<Database['query']>) =>
        isAway ? Promise.reject(new DatabaseUnavailable('away')) : db.query<Row>(...call),
    };
    const clock = await databaseClock(flaky, stop.signal);
    isAway = true;
    await clock.measure().catch(() => {});
    expectAheadBy(clock, 2 * HOUR);
  });

  it('measures no more after its signal', async () => {
    stop.abort();
    await databaseClock(db, stop.signal);
  });
});

describe('the system clock', () => {
  it('is the time of this machine', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(50);
  });
});
