import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { describeServices } from '../../../../test/support/services.ts';
import type { Database, Queryable } from '../../src/database/database.ts';
import { cancelJob } from '../../src/protocol/cancel.ts';
import { claimedBy, claimJobs } from '../../src/protocol/claim.ts';
import { markDispatched } from '../../src/protocol/dispatch.ts';
import { holdDuty } from '../../src/protocol/duties.ts';
import { fireTimers } from '../../src/protocol/fire-timers.ts';
import { redriveJob } from '../../src/protocol/redrive.ts';
import { releaseJobsLater } from '../../src/protocol/release.ts';
import { rescueJobsOf } from '../../src/protocol/rescue.ts';
import { settleAttempts } from '../../src/protocol/settle.ts';
import { submitJobs, submitJobsOnce } from '../../src/protocol/submit.ts';
import { submitUniqueJob } from '../../src/protocol/submit-unique.ts';
import { findViolations } from '../../src/protocol/violations.ts';
import { AttemptIsOver, whileRunning } from '../../src/protocol/while-running.ts';
import { AGEING_MS, completed, failed, JobFixture, newJob, USER } from './job-fixture.ts';
import { wrongWith } from './legal-moves.ts';
import { type OwnDatabase, openOwnDatabase } from './own-database.ts';
import { emptyTables, passTime, takeMoves } from './protocol-tables.ts';
import { withoutGuard } from './without-guard.ts';

describeServices('races between two sessions', ['postgres'], ({ postgres }) => {
  let own: OwnDatabase;
  let db: Database;
  let jobs: JobFixture;
  beforeAll(async () => {
    own = await openOwnDatabase(postgres);
    db = own.db;
    jobs = new JobFixture(db);
  });
  beforeEach(() => emptyTables(db));
  afterAll(() => own?.close());

  /** `second` comes while `first` is done but not committed, and has to wait for it. */
  async function behind<T>(first: (tx: Queryable) => Promise<unknown>, second: () => Promise<T>): Promise<T> {
    let waiting: Promise<T> | undefined;
    await db.transaction(async (tx) => {
      await first(tx);
      waiting = second();
      waiting.catch(() => {});
      await eventually(async () => (await sessionsThatWait()) > 0, { describe: 'the second to wait for the first' });
    });
    if (!waiting) throw new Error('the second never came');
    return await waiting;
  }

  async function sessionsThatWait(): Promise<number> {
    const [row] = await db.query<{ count: number }>({ name: 'test_waiting', text: WAITING }, []);
    return row?.count ?? 0;
  }

  const WAITING = `
    select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

  describe('end well', () => {
    afterEach(async () => {
      expect(await findViolations(db)).toEqual([]);
      expect((await takeMoves(db)).map(wrongWith).filter((wrong) => wrong !== null)).toEqual([]);
    });

    it('a cancellation that waits behind a failure cancels the retry', async () => {
      const attempt = await jobs.start(await jobs.submit());
      expect(await cancelBehindFailure(db, attempt.jobId)).toBe('cancelled');
      // The retry's timer came after the cancellation had begun.
      await passTime(db, 60_000);
      expect(await fireTimers(db, 10)).toEqual({ taken: 0, fired: [] });
      expect(await jobs.status(attempt.jobId)).toBe('CANCELLED');
    });

    it("a person's retry that waits behind a failure starts the job anew", async () => {
      expect(await redriveBehindFailure(db)).toBe('pending');
    });

    it("a person's retry that waits behind a cancellation starts the job anew", async () => {
      const { id } = await jobs.jobIn('RETRYING');
      const answer = await behind(
        (tx) => cancelJob(tx, { id, userId: USER, reason: null }),
        () => redriveJob(db, { id, userId: USER }, AGEING_MS),
      );
      expect(answer).toBe('pending');
    });

    it("a cancellation that waits behind a person's retry cancels, and gives the unique key back", async () => {
      expect(await cancelBehindRedrive(db)).toBe('cancelled');
    });

    it('the end of an attempt waits for a job that its handler makes just then', async () => {
      const attempt = await jobs.start(await jobs.submit());
      const child = newJob({ parentId: attempt.jobId, hinted: false });
      const settled = await behind(
        (tx) => submitJobs(whileRunning({ transaction: (work) => work(tx) }, attempt), [child], AGEING_MS),
        () => settleAttempts(db, [{ ...attempt, outcome: completed() }]),
      );
      expect(settled).toHaveLength(1);
      expect([await jobs.status(attempt.jobId), await jobs.status(child.id)]).toEqual(['COMPLETED', 'PENDING']);
    });

    it('a job that a handler makes behind the end of its attempt is not made', async () => {
      const attempt = await jobs.start(await jobs.submit());
      const child = newJob({ parentId: attempt.jobId, hinted: false });
      const making = behind(
        (tx) => settleAttempts(tx, [{ ...attempt, outcome: completed() }]),
        () => submitJobs(whileRunning(db, attempt), [child], AGEING_MS),
      );
      await expect(making).rejects.toBeInstanceOf(AttemptIsOver);
      expect(await jobs.status(attempt.jobId)).toBe('COMPLETED');
      await expect(jobs.status(child.id)).rejects.toThrow('no result');
    });

    it('a claim that waits behind a cancellation gets nothing', async () => {
      const id = await jobs.submit();
      const workerId = await jobs.worker();
      const got = await behind(
        (tx) => cancelJob(tx, { id, userId: USER, reason: null }),
        () => jobs.claim([id], { workerId }),
      );
      expect(got).toEqual([]);
      expect(await jobs.claims()).toEqual([]);
    });

    it('a claim that waits behind another gets what the other left', async () => {
      const ids = [await jobs.submit(), await jobs.submit()];
      const [one, other] = [await jobs.worker(), await jobs.worker()];
      const got = await behind(
        (tx) => claimJobs(tx, { ids: ids.slice(0, 1), token: randomUUID(), workerId: one }),
        () => jobs.claim(ids, { workerId: other }),
      );
      expect(got.map(({ id }) => id)).toEqual(ids.slice(1));
    });

    it('a claim that is asked again waits for the first, and then its token tells all', async () => {
      const id = await jobs.submit();
      const request = { ids: [id], token: randomUUID(), workerId: await jobs.worker() };
      const again = await behind(
        (tx) => claimJobs(tx, request),
        () => claimJobs(db, request),
      );
      expect(again).toEqual([]);
      expect(await claimedBy(db, request.token)).toMatchObject([{ id, fence: 1 }]);
    });

    it('of two reports about one attempt the first counts', async () => {
      const attempt = await jobs.start(await jobs.submit());
      const settled = await behind(
        (tx) => settleAttempts(tx, [{ ...attempt, outcome: completed('first') }]),
        () => settleAttempts(db, [{ ...attempt, outcome: { kind: 'lost', workerId: attempt.workerId } }]),
      );
      expect(settled).toEqual([]);
      expect(await jobs.state(attempt.jobId)).toMatchObject({ status: 'COMPLETED', result: 'first', losses: 0 });
    });

    it('a success that waits behind a request to cancel is recorded as a success', async () => {
      const attempt = await jobs.start(await jobs.submit());
      const [settled] = await behind(
        (tx) => cancelJob(tx, { id: attempt.jobId, userId: USER, reason: null }),
        () => settleAttempts(db, [{ ...attempt, outcome: completed() }]),
      );
      expect(settled).toMatchObject({ status: 'COMPLETED' });
    });

    it('a failure that waits behind a request to cancel cancels', async () => {
      const attempt = await jobs.start(await jobs.submit());
      const [settled] = await behind(
        (tx) => cancelJob(tx, { id: attempt.jobId, userId: USER, reason: null }),
        () => settleAttempts(db, [{ ...attempt, outcome: failed() }]),
      );
      expect(settled).toMatchObject({ status: 'CANCELLED' });
    });

    it('a mark of sent hints that waits behind a claim marks nothing', async () => {
      const id = await jobs.submit({ hinted: false });
      const workerId = await jobs.worker();
      await behind(
        (tx) => claimJobs(tx, { ids: [id], token: randomUUID(), workerId }),
        () => markDispatched(db, { queue: 'default', ids: [id], recheckMs: 0 }),
      );
      expect(await db.kysely.selectFrom('cloudtask.dispatches').selectAll().execute()).toEqual([]);
    });

    it('of two submits with one idempotency key one is stored', async () => {
      const [one, other] = [newJob(), newJob()].map((job) => ({ ...job, idempotency: { key: 'k', bodyHash: 'h' } }));
      if (!(one && other)) throw new Error('no jobs');
      const { stored } = await behind(
        (tx) => submitJobsOnce(tx, [one], AGEING_MS),
        () => submitJobsOnce(db, [other], AGEING_MS),
      );
      expect(stored).toEqual(new Set());
    });

    it('of two schedulers one holds a duty', async () => {
      const hold = (on: Queryable) => holdDuty(on, { name: 'sweep', holder: randomUUID(), holdMs: 10_000 });
      expect(await behind(hold, () => hold(db))).toBeNull();
    });

    it('timers are shared between schedulers, none waits for the other and none fires twice', async () => {
      const ids = [];
      for (let n = 0; n < 4; n++) ids.push(await jobs.submit({ delayMs: 1_000 + n }));
      await passTime(db, 2_000);
      const fired = await db.transaction(async (tx) => [await fireTimers(tx, 2), await fireTimers(db, 2)]);
      expect(fired.map(({ taken }) => taken)).toEqual([2, 2]);
      expect(fired.flatMap((half) => half.fired.map(({ id }) => id)).toSorted()).toEqual(ids.toSorted());
    });

    it('a timer whose job somebody else has locked stays, and comes next time', async () => {
      const id = await jobs.submit({ delayMs: 1_000 });
      await passTime(db, 1_000);
      expect(await fireWhileLocked(db, id)).toEqual({ taken: 0, fired: [] });
      expect(await jobs.status(id)).toBe('CANCELLED');
    });

    it('a claim that is made again while its worker is being rescued is not forgotten', async () => {
      await claimAgainWhileRescued(db);
      expect(await jobs.claims()).toHaveLength(1);
    });

    it('two workers that hold the same hints back do not deadlock', async () => {
      const ids = [await jobs.submit(), await jobs.submit()];
      for (let n = 0; n < 20; n++) {
        await Promise.all([releaseJobsLater(db, ids, 1_000), releaseJobsLater(db, ids.toReversed(), 2_000)]);
      }
      expect(await db.kysely.selectFrom('cloudtask.timers').selectAll().execute()).toHaveLength(2);
    });
  });

  describe('go wrong without the guard that is for them', () => {
    it('a cancellation that does not lock first lets a retry begin', async () => {
      const weakened = withoutGuard(db, { statement: 'cancel_job', cut: [['for update of s', '']] });
      const attempt = await jobs.start(await jobs.submit());
      expect(await cancelBehindFailure(weakened, attempt.jobId)).toBe('requested');
      expect(await findViolations(db)).toMatchObject([{ invariant: 'I7' }]);
    });

    it('a cancellation that does not notice that it waited is refused by the draft of the old row', async () => {
      const cut = [['and s.status = seen.status and s.fence = seen.fence', '']] as const;
      const weakened = withoutGuard(db, { statement: 'cancel_job', cut });
      const attempt = await jobs.start(await jobs.submit());
      const refused = await cancelBehindFailure(weakened, attempt.jobId).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: '23514', constraint: 'claim_token_iff_running' });
    });

    it("a cancellation that does not notice that it waited for a person's retry leaves the unique key taken", async () => {
      const cut = [['and s.status = seen.status and s.fence = seen.fence', '']] as const;
      await cancelBehindRedrive(withoutGuard(db, { statement: 'cancel_job', cut }));
      expect(await findViolations(db)).toMatchObject([{ invariant: 'I13' }]);
    });

    it("a person's retry that does not notice that it waited is refused by the draft of the old row", async () => {
      const cut = [['and s.status = seen.status and s.fence = seen.fence', '']] as const;
      const weakened = withoutGuard(db, { statement: 'redrive_job', cut });
      const refused = await redriveBehindFailure(weakened).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: '23514', constraint: 'claim_token_iff_running' });
    });

    it('timers that wait for locked jobs deadlock with whoever locks the job first', async () => {
      const cut = [['order by id for update skip locked', 'order by id for update']] as const;
      const id = await jobs.submit({ delayMs: 1_000 });
      await passTime(db, 1_000);
      const outcome = await fireWhileLocked(withoutGuard(db, { statement: 'fire_timers', cut }), id).catch(
        (error) => error,
      );
      expect(outcome).toMatchObject({ code: '40P01' });
    });

    it('a rescue that does not notice a repeated claim forgets it', async () => {
      const cut = [['and c.job_ids = seen.job_ids', '']] as const;
      await claimAgainWhileRescued(withoutGuard(db, { statement: 'forget_claims', cut }));
      expect(await findViolations(db)).toMatchObject([{ invariant: 'I3' }]);
    });
  });

  async function cancelBehindFailure(on: Database, id: string) {
    const { fence, claim_token } = await jobs.state(id);
    const attempt = { jobId: id, fence, claimToken: claim_token ?? '', attempt: 1 };
    return await behind(
      (tx) => settleAttempts(tx, [{ ...attempt, outcome: failed() }]),
      () => cancelJob(on, { id, userId: USER, reason: null }),
    );
  }

  async function cancelBehindRedrive(on: Database) {
    const job = { ...newJob(), unique: { key: 'k', until: 'finished' as const } };
    const { id } = job;
    await submitUniqueJob(db, job, { onConflict: 'return', ageingMs: AGEING_MS });
    await cancelJob(db, { id, userId: USER, reason: null });
    return await behind(
      (tx) => redriveJob(tx, { id, userId: USER }, AGEING_MS),
      () => cancelJob(on, { id, userId: USER, reason: null }),
    );
  }

  async function redriveBehindFailure(on: Database) {
    const attempt = await jobs.start(await jobs.submit());
    return await behind(
      (tx) => settleAttempts(tx, [{ ...attempt, outcome: failed({ retryable: false }) }]),
      () => redriveJob(on, { id: attempt.jobId, userId: USER }, AGEING_MS),
    );
  }

  /** Somebody has locked the job and comes to its timers only after the scheduler has come. */
  async function fireWhileLocked(on: Database, id: string) {
    return await db.transaction(async (tx) => {
      await redriveJob(tx, { id, userId: USER }, AGEING_MS);
      let isOver = false;
      const firing = fireTimers(on, 10).finally(() => {
        isOver = true;
      });
      firing.catch(() => {});
      await eventually(async () => isOver || (await sessionsThatWait()) > 0, {
        describe: 'the scheduler to be done or to wait',
      });
      const cancelling = cancelJob(tx, { id, userId: USER, reason: null });
      cancelling.catch(() => {});
      const fired = await firing;
      await cancelling;
      return fired;
    });
  }

  /** The worker lives, and repeats a claim with the token of one whose jobs are all settled. */
  async function claimAgainWhileRescued(on: Database): Promise<void> {
    const [first, second] = [await jobs.submit(), await jobs.submit()];
    const request = { token: randomUUID(), workerId: await jobs.worker() };
    const [claimed] = await jobs.claim([first], request);
    await jobs.settle(
      { jobId: first, fence: claimed?.fence ?? 0, claimToken: request.token, attempt: 1, workerId: 0 },
      completed(),
    );
    await behind(
      (tx) => claimJobs(tx, { ...request, ids: [second] }),
      () => rescueJobsOf(on, request.workerId),
    );
  }
});
