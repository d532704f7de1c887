import { describe, expect, it } from 'vitest';
import { findIdempotent } from '../../../src/protocol/idempotency-keys.ts';
import { pruneExpiredRows } from '../../../src/protocol/prune-expired.ts';
import { type NewJob, submitJobs, submitJobsOnce } from '../../../src/protocol/submit.ts';
import { AGEING_MS, newJob, STRANGER, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

export const submitRules: Rules = (jobs) => {
  describe('submit', () => {
    const submit = (batch: readonly NewJob[]) => submitJobs(jobs().db, batch, AGEING_MS);
    const submitOnce = (batch: readonly NewJob[]) => submitJobsOnce(jobs().db, batch, AGEING_MS);
    const keyed = (key: string, options: Partial<NewJob> = {}) =>
      newJob({ ...options, idempotency: { key, bodyHash: 'hash' } });
    const count = async () => {
      const [row] = await jobs().db.query<{ count: number }>(
        { name: 'test_count_jobs', text: 'select count(*) as count from cloudtask.jobs' },
        [],
      );
      return row?.count;
    };

    it('stores a job as it was asked for, ready to be claimed', async () => {
      const job = newJob({
        payload: '{"to": "ünïcode", "n": 1.50}',
        priority: 9,
        maxAttempts: 2,
        timeoutMs: 0,
        backoff: { kind: 'fixed', delayMs: 1, maxDelayMs: 2, factor: 3 },
        tags: ['a', 'b'],
        metadata: { k: 'v' },
      });
      const at = await submit([job]);
      expect(await jobs().state(job.id)).toMatchObject({ status: 'PENDING', hinted: true, fence: 0, attempt_limit: 2 });
      const row = await jobs()
        .db.kysely.selectFrom('cloudtask.jobs')
        .selectAll()
        .where('id', '=', job.id)
        .executeTakeFirstOrThrow();
      expect(row).toMatchObject({
        user_id: USER,
        payload: { to: 'ünïcode', n: 1.5 },
        priority: 9,
        max_attempts: 2,
        backoff: job.backoff,
        tags: ['a', 'b'],
        metadata: { k: 'v' },
        created_at: at,
      });
      expect(await jobs().timers(job.id)).toEqual([]);
    });

    it('owes the hint of a job whose submitter does not publish it', async () => {
      const id = await jobs().submit({ hinted: false });
      expect((await jobs().state(id)).hinted).toBe(false);
    });

    it('stores a batch all or none', async () => {
      const bad = newJob({ priority: 10 });
      await expect(submit([newJob(), bad, newJob()])).rejects.toMatchObject({ code: '23514' });
      expect(await count()).toBe(0);
    });

    it('stores a job once when it is submitted again after a lost answer', async () => {
      const job = newJob({ ttlMs: 1_000 });
      await submit([job]);
      await submit([job, newJob()]);
      expect(await count()).toBe(2);
    });

    it('does not set a job back when it is submitted again while it runs', async () => {
      const job = newJob({ delayMs: 0 });
      await submit([job]);
      const attempt = await jobs().start(job.id);
      await submit([job]);
      expect(await jobs().state(job.id)).toMatchObject({ status: 'RUNNING', claim_token: attempt.claimToken });
    });

    it('sets no timers again for a job that is submitted again', async () => {
      const job = newJob({ delayMs: 1_000, ttlMs: 1_000 });
      await submit([job]);
      await jobs().db.kysely.deleteFrom('cloudtask.timers').where('kind', '=', 'expire').execute();
      await submit([job]);
      expect((await jobs().timers(job.id)).map(({ kind }) => kind)).toEqual(['due']);
    });

    it('lets a delayed job wait, with a timer', async () => {
      const job = newJob({ delayMs: 60_000 });
      const at = await submit([job]);
      const due = new Date(at.getTime() + 60_000);
      expect(await jobs().state(job.id)).toMatchObject({ status: 'SCHEDULED', hinted: true, next_at: due });
      expect(await jobs().timers(job.id)).toMatchObject([{ kind: 'due', due_at: due }]);
    });

    it('lets a job wait until its time, and starts one whose time has passed at once', async () => {
      const runAt = new Date(Date.now() + 86_400_000).toISOString();
      const later = await jobs().submit({ runAt });
      const sooner = await jobs().submit({ runAt: '2020-01-01T00:00:00Z' });
      expect(await jobs().state(later)).toMatchObject({ status: 'SCHEDULED', next_at: new Date(runAt) });
      expect(await jobs().state(sooner)).toMatchObject({ status: 'PENDING', next_at: null });
    });

    it('counts the time to live from when the job may start', async () => {
      const job = newJob({ delayMs: 10_000, ttlMs: 5_000 });
      const at = await submit([job]);
      const timers = await jobs().timers(job.id);
      expect(timers.map(({ kind, due_at }) => [kind, due_at.getTime() - at.getTime()])).toEqual([
        ['due', 10_000],
        ['expire', 15_000],
      ]);
    });

    it('ranks by priority and age: a level is worth the ageing time', async () => {
      const older = newJob({ priority: 5 });
      await submit([older]);
      await passTime(jobs().db, AGEING_MS + 1_000);
      const newer = newJob({ priority: 6 });
      const urgent = newJob({ priority: 7 });
      await submit([newer, urgent]);
      const rank = async ({ id }: NewJob) => (await jobs().state(id)).rank;
      expect(await rank(older)).toBeLessThan(await rank(newer));
      expect(await rank(urgent)).toBeLessThan(await rank(older));
    });

    it('stores the first job of an idempotency key and tells that the second was not stored', async () => {
      const [first, second] = [keyed('k'), keyed('k')];
      expect((await submitOnce([first])).stored).toEqual(new Set([first.id]));
      expect((await submitOnce([second])).stored).toEqual(new Set());
      expect(await count()).toBe(1);
      expect(await findIdempotent(jobs().db, USER, ['k'])).toEqual([
        { key: 'k', isConflict: false, bodyHash: 'hash', jobId: first.id },
      ]);
    });

    it('stores the others of a batch of which one meets a taken key', async () => {
      const [first, again, other] = [keyed('k'), keyed('k'), keyed('other', { delayMs: 1_000, ttlMs: 1 })];
      await submitOnce([first]);
      expect((await submitOnce([again, other])).stored).toEqual(new Set([other.id]));
      expect(await count()).toBe(2);
      expect(await jobs().timers(again.id)).toEqual([]);
    });

    it('keeps the keys of users apart', async () => {
      await submitOnce([keyed('k')]);
      const job = keyed('k', { userId: STRANGER });
      expect((await submitOnce([job])).stored).toEqual(new Set([job.id]));
    });

    it('frees a key after 24 hours', async () => {
      await submitOnce([keyed('k')]);
      await passTime(jobs().db, 86_400_000);
      expect(await findIdempotent(jobs().db, USER, ['k'])).toEqual([]);
      const next = keyed('k');
      expect((await submitOnce([next])).stored).toEqual(new Set([next.id]));
    });

    it('prunes keys that have expired, and no others', async () => {
      await submitOnce([keyed('old')]);
      await passTime(jobs().db, 86_400_000);
      await submitOnce([keyed('new')]);
      expect(await pruneExpiredRows(jobs().db, 100)).toBe(1);
      expect(await findIdempotent(jobs().db, USER, ['old', 'new'])).toMatchObject([{ key: 'new' }]);
    });
  });
};
