import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { findViolations } from '../../src/protocol/violations.ts';
import { GUARDS, GUARDS_WITH_STORIES } from './guards.ts';
import { JobFixture } from './job-fixture.ts';
import { wrongWith } from './legal-moves.ts';
import { emptyTables, instrument, takeMoves } from './protocol-tables.ts';
import { BrokenHistory, simulate } from './simulate.ts';
import { Broken } from './simulation/world.ts';
import { GuardGone, withoutGuard } from './without-guard.ts';

/** A guard whose absence is not seen in so many histories needs a story of its own. */
const MOST_HISTORIES = 25;

// A check that no removed guard turns red is not a check.
describe('each guard is needed', () => {
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase({ url: 'pglite:memory', applicationName: 'test' });
    await migrate(db);
    await instrument(db);
  });
  afterAll(() => db.close());

  it.each(Object.entries(GUARDS))('without %s a random history goes wrong', { timeout: 60_000 }, async (_, guard) => {
    const { rule, message } = await firstBrokenHistory(withoutGuard(db, guard));
    expect(guard.breaks, message).toContain(rule);
  });

  async function firstBrokenHistory(weakened: Database): Promise<BrokenHistory> {
    for (let seed = 1; seed <= MOST_HISTORIES; seed++) {
      try {
        await simulate(weakened, { seed, steps: 300 });
      } catch (error) {
        if (!(error instanceof BrokenHistory)) throw error;
        if (error.cause instanceof GuardGone) throw error.cause;
        return error;
      }
    }
    throw new Error(`${MOST_HISTORIES} histories were right without it`);
  }

  it.each(Object.entries(GUARDS_WITH_STORIES))('without %s its story goes wrong', async (_, guard) => {
    expect(await brokenBy(guard.story, db)).toBeNull();
    expect(await brokenBy(guard.story, withoutGuard(db, guard))).toBe(guard.breaks);
  });

  async function brokenBy(story: (jobs: JobFixture) => Promise<void>, on: Database): Promise<string | null> {
    await emptyTables(db);
    try {
      await story(new JobFixture(on));
    } catch (error) {
      if (error instanceof Broken) return error.rule;
      throw error;
    }
    const [violation] = await findViolations(db);
    const isIllegal = (await takeMoves(db)).some((move) => wrongWith(move) !== null);
    return violation?.invariant ?? (isIllegal ? 'moves' : null);
  }
});
