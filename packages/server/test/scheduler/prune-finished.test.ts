import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { writeJournal } from '@cloudtask/core/protocol/journal';
import { pruneNoted, pruneRange } from '@cloudtask/core/protocol/prune-jobs';
import { redriveJob } from '@cloudtask/core/protocol/redrive';
import { submitJobs } from '@cloudtask/core/protocol/submit';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AGEING_MS, completed, failed, newJob, USER } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { pruneFinished } from '../../src/scheduler/prune-finished.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

const DAY_MS = 86_400_000;
let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
beforeEach(() => emptyTables(scheduling.database));
afterEach(async () => {
  expect(await findViolations(scheduling.database)).toEqual([]);
});
afterAll(() => scheduling.close());

const jobs = () => scheduling.jobs;
const RETENTION = { finishedMs: 7 * 86_400_000, failedMs: 30 * 86_400_000 };
const prune = () => pruneFinished({ ...scheduling, retention: RETENTION });
const exists = async (id: string) =>
  (await jobs().db.kysely.selectFrom('cloudtask.jobs').select('id').where('id', '=', id).execute()).length > 0;
const passDays = (days: number) => scheduling.pass(days * DAY_MS);

describe('retention', () => {
  it.each(['COMPLETED', 'CANCELLED', 'EXPIRED'] as const)('keeps a %s job for 7 days and no longer', async (status) => {
    const { id } = await jobs().jobIn(status);
    if (status === 'CANCELLED') await jobs().settle(await lastOf(id), failed());
    await passDays(6.9);
    await prune();
    expect(await exists(id)).toBe(true);
    await passDays(0.2);
    await prune();
    expect(await exists(id)).toBe(false);
  });

  // `jobIn` leaves a cancelled job running until its worker obeys.
  async function lastOf(id: string) {
    const { fence, claim_token, worker_id } = await jobs().state(id);
    return { jobId: id, fence, claimToken: claim_token ?? '', attempt: 1, workerId: worker_id ?? 0 };
  }

  it('keeps a FAILED job for 30 days', async () => {
    const { id } = await jobs().jobIn('FAILED');
    await passDays(8);
    await prune();
    expect(await exists(id)).toBe(true);
    await passDays(21.9);
    await prune();
    expect(await exists(id)).toBe(true);
    await passDays(0.2);
    await prune();
    expect(await exists(id)).toBe(false);
  });

  it('counts from the end of a job, however old it is by then', async () => {
    const id = await jobs().submit();
    await passDays(20);
    await prune();
    await jobs().settle(await jobs().start(id), completed());
    await passDays(6.9);
    await prune();
    expect(await exists(id)).toBe(true);
    await passDays(7.2);
    await prune();
    expect(await exists(id)).toBe(false);
  });

  it('never removes a job that has not ended', async () => {
    const ids = [await jobs().submit(), await jobs().submit({ delayMs: 400 * DAY_MS })];
    await passDays(365);
    await prune();
    expect(await Promise.all(ids.map(exists))).toEqual([true, true]);
  });

  it('keeps a job that a person retried after it had been noted', async () => {
    const { id } = await jobs().jobIn('FAILED');
    await passDays(8);
    await prune();
    await redriveJob(jobs().db, { id, userId: USER }, AGEING_MS);
    await passDays(30);
    await prune();
    expect(await jobs().status(id)).toBe('PENDING');
  });

  it('removes everything that belongs to a job', async () => {
    const id = await jobs().submit();
    const attempt = await jobs().start(id);
    const line = { n: 1, at: 0, level: 'info' as const, message: 'x', fields: null };
    const progress = { n: 2, percent: 1, message: null, data: null };
    await writeJournal(jobs().db, [{ ...attempt, logs: [line], progress, checkpoint: { n: 1, state: 1 } }]);
    await jobs().settle(attempt, failed({ retryable: false }));
    await passDays(31);
    await prune();
    for (const table of ['jobs', 'job_states'] as const)
      expect(await jobs().db.kysely.selectFrom(`cloudtask.${table}`).selectAll().execute()).toEqual([]);
    for (const table of ['attempts', 'job_logs', 'progress', 'checkpoints', 'failures', 'prune_later'] as const)
      expect(await jobs().db.kysely.selectFrom(`cloudtask.${table}`).selectAll().execute(), table).toEqual([]);
  });

  it('looks at each of thousands of jobs of one moment, in batches', async () => {
    const batch = Array.from({ length: 1_300 }, () => newJob());
    await submitJobs(jobs().db, batch, AGEING_MS);
    for (const { id } of batch.slice(0, 3)) await cancelJob(jobs().db, { id, userId: USER, reason: null });
    await passDays(8);
    await prune();
    const noted = await jobs().db.kysely.selectFrom('cloudtask.prune_later').select('job_id').execute();
    expect(noted).toHaveLength(1_297);
    expect(await jobs().db.kysely.selectFrom('cloudtask.jobs').select('id').execute()).toHaveLength(1_297);
  });

  it('gives others their turn after 10,000 jobs, and goes on where it was', async () => {
    const many = Array.from({ length: 10_200 }, () => newJob());
    for (let n = 0; n < many.length; n += 1_000) await submitJobs(jobs().db, many.slice(n, n + 1_000), AGEING_MS);
    const noted = async () => {
      const { count } = jobs().db.kysely.fn;
      const counted = jobs().db.kysely.selectFrom('cloudtask.prune_later').select(count<number>('job_id').as('count'));
      return (await counted.executeTakeFirstOrThrow()).count;
    };
    await passDays(8);
    expect(await prune()).toEqual({ again: true });
    expect(await noted()).toBeLessThan(10_000);
    expect(await prune()).toEqual({ again: false });
    expect(await noted()).toBe(10_200);
  });

  it('looks at what it keeps only when its time has come', async () => {
    for (let n = 0; n < 5; n++) await jobs().jobIn('FAILED');
    await passDays(8);
    await prune();
    await passDays(1);
    expect(await pruneNoted(jobs().db, 100, RETENTION)).toMatchObject({ looked: 0 });
    const { watermark } = await jobs()
      .db.kysely.selectFrom('cloudtask.duties')
      .select('watermark')
      .where('name', '=', 'prune-jobs')
      .executeTakeFirstOrThrow();
    expect(watermark?.getTime()).toBeGreaterThan(Date.now() - DAY_MS);
  });

  it('answers what a range held', async () => {
    const { id } = await jobs().jobIn('COMPLETED');
    await passDays(8);
    const all = { after: '00000000-0000-0000-0000-000000000000', until: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
    expect(await pruneRange(jobs().db, { ...all, limit: 10 }, RETENTION)).toEqual({
      looked: 1,
      removed: 1,
      lastId: id,
    });
  });
});
