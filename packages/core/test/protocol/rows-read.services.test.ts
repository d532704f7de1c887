import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeServices } from '../../../../test/support/services.ts';
import type { Database, Queryable } from '../../src/database/database.ts';
import { claimJobs } from '../../src/protocol/claim.ts';
import { markDispatched, readBacklog } from '../../src/protocol/dispatch.ts';
import { releaseJobs, releaseJobsLater } from '../../src/protocol/release.ts';
import { type Settlement, settleAttempts } from '../../src/protocol/settle.ts';
import { submitJobs } from '../../src/protocol/submit.ts';
import { AGEING_MS, completed, failed, JobFixture, newJob } from './job-fixture.ts';
import { type OwnDatabase, openOwnDatabase } from './own-database.ts';
import { emptyTables } from './protocol-tables.ts';

const WAITING = 3_000;
const BATCH = 10;
/** Of `jobs` and `job_states` and their indexes, for each job of a batch. */
const MOST_ROWS_PER_JOB = 10;

// The planner's statistics nearly always come from a moment without a backlog. A plan that is good for that moment
// reads all of the backlog for every batch, and the platform collapses under the first burst.
describeServices('what a batch reads does not grow with the jobs that wait', ['postgres'], ({ postgres }) => {
  let own: OwnDatabase;
  let db: Database;
  let jobs: JobFixture;
  let waiting: string[];
  let workerId: number;

  beforeAll(async () => {
    own = await openOwnDatabase(postgres);
    db = own.db;
    jobs = new JobFixture(db);
  });
  afterAll(() => own?.close());

  beforeEach(async () => {
    await emptyTables(db);
    workerId = await jobs.worker();
    await finishJobs(500);
    await db.script('analyze cloudtask.jobs; analyze cloudtask.job_states');
    waiting = await submitMany(WAITING);
  });

  async function submitMany(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 500) {
      const batch = Array.from({ length: Math.min(500, count - n) }, () => newJob({ hinted: false }));
      await submitJobs(db, batch, AGEING_MS);
      ids.push(...batch.map(({ id }) => id));
    }
    return ids;
  }

  async function finishJobs(count: number): Promise<void> {
    const ids = await submitMany(count);
    await settleAttempts(db, await start(db, ids, completed()));
  }

  async function start(on: Queryable, ids: readonly string[], outcome: Settlement['outcome']): Promise<Settlement[]> {
    const token = randomUUID();
    const claimed = await claimJobs(on, { ids, token, workerId });
    return claimed.map(({ id, fence, attempt }) => ({ jobId: id, fence, claimToken: token, attempt, outcome }));
  }

  /** Rows that a statement fetched from the two tables of jobs, by any way. */
  async function rowsReadBy(statement: (tx: Queryable) => Promise<unknown>): Promise<number> {
    return await db.transaction(async (tx) => {
      const before = await rowsRead(tx);
      await statement(tx);
      return (await rowsRead(tx)) - before;
    });
  }

  async function rowsRead(tx: Queryable): Promise<number> {
    const [row] = await tx.query<{ rows: number }>({ name: 'test_rows_read', text: ROWS_READ }, []);
    return row?.rows ?? 0;
  }

  const some = () => waiting.slice(0, BATCH);

  it.each<[string, (tx: Queryable) => Promise<unknown>]>([
    ['a claim', (tx) => claimJobs(tx, { ids: some(), token: randomUUID(), workerId })],
    ['the mark of published hints', (tx) => markDispatched(tx, { queue: 'default', ids: some(), recheckMs: 1_000 })],
    ['hints given back', (tx) => releaseJobs(tx, some())],
    ['hints given back for later', (tx) => releaseJobsLater(tx, some(), 1_000)],
    ['a look at the backlog', (tx) => readBacklog(tx, { queue: 'default', types: ['test.job'], limit: BATCH })],
  ])('%s', async (_, statement) => {
    expect(await rowsReadBy(statement)).toBeLessThanOrEqual(BATCH * MOST_ROWS_PER_JOB);
  });

  it.each([
    ['successes', completed()],
    ['failures', failed()],
  ])('%s', async (_, outcome) => {
    const settlements = await start(db, some(), outcome);
    expect(await rowsReadBy((tx) => settleAttempts(tx, settlements))).toBeLessThanOrEqual(BATCH * MOST_ROWS_PER_JOB);
  });
});

const ROWS_READ = `
  select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as rows
    from pg_stat_xact_user_tables where schemaname = 'cloudtask' and relname in ('jobs', 'job_states')`;
