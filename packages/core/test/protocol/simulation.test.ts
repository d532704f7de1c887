import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { instrument } from './protocol-tables.ts';
import { simulate } from './simulate.ts';

const HISTORIES = Number(process.env.CLOUDTASK_SIM_HISTORIES ?? 20);
const FIRST_SEED = Number(process.env.CLOUDTASK_SIM_SEED ?? 1);
const STEPS = 300;

describe('random histories of the protocol', () => {
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase({ url: 'pglite:memory', applicationName: 'test' });
    await migrate(db);
    await instrument(db);
  });
  afterAll(() => db.close());

  it(`break no invariant and bring every job to its end (${HISTORIES} from seed ${FIRST_SEED})`, {
    timeout: 2_000 * HISTORIES + 20_000,
  }, async () => {
    const total: Record<string, number> = {};
    for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
      const { counts } = await simulate(db, { seed, steps: STEPS });
      for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
    }
    // A simulation in which something never happens proves nothing about it.
    expect(Object.entries(total).filter(([, count]) => count === 0)).toEqual([]);
  });

  it('are decided by their seed', async () => {
    const one = await simulate(db, { seed: 7, steps: 150 });
    const again = await simulate(db, { seed: 7, steps: 150 });
    expect(again).toEqual(one);
    const other = await simulate(db, { seed: 8, steps: 150 });
    expect(other.moves).not.toEqual(one.moves);
  });
});
