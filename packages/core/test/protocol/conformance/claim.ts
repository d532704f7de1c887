import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { claimedBy } from '../../../src/protocol/claim.ts';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { stillUnsettled } from '../../../src/protocol/read-outcomes.ts';
import { completed, failed, interrupted } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

export const claimRules: Rules = (jobs) => {
  describe('claim', () => {
    it('gives everything that is needed to run the job, and makes the attempt its own', async () => {
      const backoff = { kind: 'fixed', delayMs: 1, maxDelayMs: 1, factor: 1 } as const;
      const id = await jobs().submit({ tags: ['t'], metadata: { m: 1 }, maxAttempts: 3, backoff });
      const workerId = await jobs().worker();
      const token = randomUUID();
      const [job] = await jobs().claim([id], { workerId, token });
      expect(job).toMatchObject({
        id,
        fence: 1,
        type: 'test.job',
        queue: 'default',
        payload: { n: 1 },
        attempt: 1,
        maxAttempts: 3,
        attemptLimit: 3,
        losses: 0,
        timeoutMs: 60_000,
        extras: { backoff, tags: ['t'], metadata: { m: 1 }, scheduledFor: null, checkpoint: null },
      });
      expect(await jobs().state(id)).toMatchObject({
        status: 'RUNNING',
        fence: 1,
        claim_token: token,
        worker_id: workerId,
      });
    });

    it('says since when a job was due, where that is not when it was submitted', async () => {
      const workerId = await jobs().worker();
      const plain = await jobs().submit();
      expect(await jobs().claim([plain], { workerId })).toMatchObject([{ extras: null }]);

      const delayed = await jobs().submit({ delayMs: 5_000 });
      const { next_at: runAt } = await jobs().state(delayed);
      await passTime(jobs().db, 9_000);
      await fireTimers(jobs().db, 100);
      const [first] = await jobs().claim([delayed], { workerId });
      expect(new Date(first?.extras?.dueAt ?? 0)).toEqual(runAt);

      const again = await jobs().submit();
      await jobs().settle(await jobs().start(again), failed({ retryDelayMs: 5_000 }));
      await passTime(jobs().db, 9_000);
      await fireTimers(jobs().db, 100);
      const { updated_at: offeredAt } = await jobs().state(again);
      await passTime(jobs().db, 9_000);
      const token = randomUUID();
      const [second] = await jobs().claim([again], { workerId: await jobs().worker(), token });
      expect(new Date(second?.extras?.dueAt ?? 0)).toEqual(offeredAt);
      expect(await claimedBy(jobs().db, token)).toMatchObject([{ extras: { dueAt: null } }]);
    });

    it('gives the second who comes nothing', async () => {
      const id = await jobs().submit();
      await jobs().start(id);
      expect(await jobs().claim([id], { workerId: await jobs().worker() })).toEqual([]);
      expect((await jobs().state(id)).fence).toBe(1);
    });

    it('gives of a batch what is still there', async () => {
      const ids = [await jobs().submit(), await jobs().submit(), await jobs().submit({ delayMs: 1_000 })];
      await jobs().start(ids[1] ?? '');
      const got = await jobs().claim([...ids, randomUUID()], { workerId: await jobs().worker() });
      expect(got.map(({ id }) => id)).toEqual([ids[0]]);
    });

    it('names every claimed job under its token, with the latest deadline', async () => {
      const ids = [await jobs().submit({ timeoutMs: 1_000 }), await jobs().submit({ timeoutMs: 5_000 })];
      const workerId = await jobs().worker();
      await jobs().claim(ids, { workerId });
      const [claim] = await jobs().claims();
      expect(claim?.job_ids.toSorted()).toEqual(ids.toSorted());
      expect(claim).toMatchObject({ worker_id: workerId });
      expect((claim?.deadline_at.getTime() ?? 0) - (claim?.claimed_at.getTime() ?? 0)).toBe(5_000);
    });

    it('has no deadline for a job without a timeout', async () => {
      const ids = [await jobs().submit({ timeoutMs: 0 }), await jobs().submit()];
      await jobs().claim(ids, { workerId: await jobs().worker() });
      expect(await jobs().claims()).toMatchObject([{ deadline_at: Number.POSITIVE_INFINITY }]);
    });

    it('notes nothing when there was nothing to claim', async () => {
      await jobs().claim([randomUUID()], { workerId: await jobs().worker() });
      expect(await jobs().claims()).toEqual([]);
    });

    it('tells by token what a claim got whose answer was lost', async () => {
      const id = await jobs().submit();
      const [workerId, token] = [await jobs().worker(), randomUUID()];
      const answer = await jobs().claim([id], { workerId, token });
      expect(await jobs().claim([id], { workerId, token })).toEqual([]);
      expect(await claimedBy(jobs().db, token)).toEqual(answer);
      expect(await claimedBy(jobs().db, randomUUID())).toEqual([]);
    });

    it('adds to a claim that is made again with the same token', async () => {
      const [first, second] = [await jobs().submit({ timeoutMs: 9_000 }), await jobs().submit({ timeoutMs: 1_000 })];
      const [workerId, token] = [await jobs().worker(), randomUUID()];
      await jobs().claim([first], { workerId, token });
      await jobs().claim([first, second], { workerId, token });
      expect((await claimedBy(jobs().db, token)).map(({ id }) => id).toSorted()).toEqual([first, second].toSorted());
      const [claim] = await jobs().claims();
      expect((claim?.deadline_at.getTime() ?? 0) - (claim?.claimed_at.getTime() ?? 0)).toBe(9_000);
    });

    it('counts attempts by failures and losses, the fence by claims', async () => {
      const id = await jobs().submit();
      await jobs().settle(await jobs().start(id), interrupted(true));
      await jobs().settle(await jobs().start(id), failed({ retryDelayMs: 0 }));
      await jobs()
        .db.kysely.updateTable('cloudtask.job_states')
        .set({ status: 'PENDING', next_at: null })
        .where('id', '=', id)
        .execute();
      expect(await jobs().start(id)).toMatchObject({ fence: 3, attempt: 2 });
    });

    it('tells which attempts are still unsettled', async () => {
      const [open, done] = [await jobs().start(await jobs().submit()), await jobs().start(await jobs().submit())];
      await jobs().settle(done, completed());
      const stranger = { ...open, claimToken: randomUUID() };
      expect(await stillUnsettled(jobs().db, [open, done])).toEqual(new Set([open.jobId]));
      expect(await stillUnsettled(jobs().db, [stranger])).toEqual(new Set());
    });
  });
};
