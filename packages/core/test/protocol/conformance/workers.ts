import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../src/protocol/cancel.ts';
import { readCatalogue } from '../../../src/protocol/catalogue.ts';
import { claimedBy } from '../../../src/protocol/claim.ts';
import { requestDrain } from '../../../src/protocol/drain-worker.ts';
import { readLiveWorkers } from '../../../src/protocol/live-workers.ts';
import { registerTypes, type TypeRegistration } from '../../../src/protocol/register-types.ts';
import { orphanedWorkers, rescueJobsOf, suspectWorkers } from '../../../src/protocol/rescue.ts';
import { type Heartbeat, heartbeat, LEASE_MS, registerWorker, setWorkerState } from '../../../src/protocol/workers.ts';
import { completed, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

export const workerRules: Rules = (jobs) => {
  const beat = (workerId: number, options: Partial<Heartbeat> = {}) =>
    heartbeat(jobs().db, { workerId, busy: 0, types: [], lastDeliveryAt: null, doneTokens: [], ...options });
  const workerState = async (id: number) =>
    (await jobs().db.kysely.selectFrom('cloudtask.workers').select('state').where('id', '=', id).executeTakeFirst())
      ?.state;

  describe('a heartbeat', () => {
    it('keeps a worker alive and tells what it does', async () => {
      const workerId = await jobs().worker();
      const types = [{ type: 'test.job', meanMs: 12 }];
      const lastDeliveryAt = new Date('2026-01-01T00:00:00Z');
      await passTime(jobs().db, 5_000);
      expect(await beat(workerId, { busy: 3, types, lastDeliveryAt })).toEqual({
        alive: true,
        cancelled: [],
        drain: null,
      });
      await beat(workerId, { busy: 3, types });
      const row = await jobs()
        .db.kysely.selectFrom('cloudtask.workers')
        .selectAll()
        .where('id', '=', workerId)
        .executeTakeFirstOrThrow();
      expect(row).toMatchObject({ busy: 3, types, last_delivery_at: lastDeliveryAt, state: 'live' });
      expect(row.heartbeat_at.getTime() - row.started_at.getTime()).toBeGreaterThanOrEqual(5_000);
    });

    it('says since when the worker is deaf, and that it is so no more', async () => {
      const workerId = await jobs().worker();
      const deaf = async () =>
        (await jobs().db.kysely.selectFrom('cloudtask.workers').select('deaf_since').executeTakeFirst())?.deaf_since;
      const deafSince = new Date('2026-01-01T00:00:00Z');
      await beat(workerId, { deafSince });
      expect(await deaf()).toEqual(deafSince);
      await beat(workerId);
      expect(await deaf()).toBeNull();
    });

    it('names the running jobs of this worker that somebody wants cancelled, and no others', async () => {
      const [mine, other, done] = [
        await jobs().start(await jobs().submit()),
        await jobs().start(await jobs().submit()),
        await jobs().start(await jobs().submit()),
      ];
      for (const { jobId } of [mine, other, done])
        await cancelJob(jobs().db, { id: jobId, userId: USER, reason: 'why' });
      await jobs().settle(done, completed());
      expect(await beat(mine.workerId)).toEqual({
        alive: true,
        cancelled: [{ jobId: mine.jobId, claimToken: mine.claimToken, reason: 'why' }],
        drain: null,
      });
      expect(await beat(done.workerId)).toEqual({ alive: true, cancelled: [], drain: null });
    });

    it('forgets the claims that are done, of this worker only', async () => {
      const [mine, other] = [await jobs().start(await jobs().submit()), await jobs().start(await jobs().submit())];
      await jobs().settle(mine, completed());
      await jobs().settle(other, completed());
      await beat(mine.workerId, { doneTokens: [mine.claimToken, other.claimToken] });
      expect(await jobs().claims()).toMatchObject([{ token: other.claimToken }]);
    });

    it('tells a worker that was declared dead, and one that has stopped', async () => {
      const [dead, stopped, stopping] = [await jobs().worker(), await jobs().worker(), await jobs().worker()];
      await rescueJobsOf(jobs().db, dead);
      await setWorkerState(jobs().db, stopped, 'stopped');
      await setWorkerState(jobs().db, stopping, 'stopping');
      expect(await beat(dead)).toEqual({ alive: false, cancelled: [], drain: null });
      expect(await beat(stopped)).toEqual({ alive: false, cancelled: [], drain: null });
      expect(await beat(stopping)).toMatchObject({ alive: true });
    });
  });

  describe('a worker that is to drain', () => {
    const drain = (workerId: number, reason: string | null = null, requestedBy = 'ada@example.com') =>
      requestDrain(jobs().db, { workerId, reason, requestedBy });
    const requestOf = async (id: number) =>
      await jobs()
        .db.kysely.selectFrom('cloudtask.workers')
        .select(['drain_requested_at as at', 'drain_reason as reason', 'drain_requested_by as by'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();

    it('is told so by every heartbeat, alone, and goes on with what it runs', async () => {
      const [mine, other] = [await jobs().start(await jobs().submit()), await jobs().worker()];
      expect(await drain(mine.workerId, 'kernel update')).toBe(true);
      for (let n = 0; n < 2; n += 1) {
        expect(await beat(mine.workerId)).toEqual({ alive: true, cancelled: [], drain: { reason: 'kernel update' } });
      }
      expect(await beat(other)).toMatchObject({ drain: null });
      expect(await jobs().status(mine.jobId)).toBe('RUNNING');
    });

    it('is told so beside the jobs that are to stop', async () => {
      const { workerId, jobId, claimToken } = await jobs().start(await jobs().submit());
      await cancelJob(jobs().db, { id: jobId, userId: USER, reason: null });
      await drain(workerId);
      const cancelled = [{ jobId, claimToken, reason: null }];
      expect(await beat(workerId)).toEqual({ alive: true, cancelled, drain: { reason: null } });
    });

    it('counts no more among those that take jobs, from the request on', async () => {
      const [drained, other] = [await jobs().worker(), await jobs().worker()];
      await drain(drained);
      expect((await readLiveWorkers(jobs().db)).map(({ id }) => id)).toEqual([other]);
    });

    it('may be asked again, which changes nothing but the reason', async () => {
      const workerId = await jobs().worker();
      await drain(workerId, 'first');
      const first = await requestOf(workerId);
      await passTime(jobs().db, 1_000);
      await drain(workerId, null, 'bob@example.com');
      expect(await requestOf(workerId)).toEqual(first);
      await drain(workerId, 'second', 'bob@example.com');
      expect(await requestOf(workerId)).toEqual({ ...first, reason: 'second' });
    });

    it('is none that has ended, or that there is not', async () => {
      const [stopped, dead] = [await jobs().worker(), await jobs().worker()];
      await setWorkerState(jobs().db, stopped, 'stopped');
      await rescueJobsOf(jobs().db, dead);
      for (const id of [stopped, dead, dead + 1]) expect(await drain(id)).toBe(false);
      expect((await requestOf(stopped)).at).toBeNull();
    });

    it('is still to drain when it registers anew, and another worker is not', async () => {
      const lost = await jobs().worker();
      await drain(lost, 'kernel update');
      await rescueJobsOf(jobs().db, lost);
      const worker = { name: 'w', host: 'h', pid: 1, version: '0', queues: ['q'], types: [], slots: 1 };
      const anew = await registerWorker(jobs().db, { ...worker, replaces: lost });
      expect(await requestOf(anew)).toEqual(await requestOf(lost));
      expect(await beat(anew)).toMatchObject({ drain: { reason: 'kernel update' } });
      expect(await beat(await registerWorker(jobs().db, worker))).toMatchObject({ drain: null });
    });
  });

  describe('the catalogue', () => {
    it('adds up what the live workers of a queue can do', async () => {
      const register = (queues: string[], types: Record<string, number | null>, slots: number) =>
        registerWorker(jobs().db, {
          name: 'w',
          host: 'h',
          pid: 1,
          version: '0',
          queues,
          slots,
          types: Object.entries(types).map(([type, meanMs]) => ({ type, meanMs })),
        });
      await register(['default', 'mail'], { a: 5, b: null }, 2);
      await register(['default'], { a: 9, c: 1 }, 3);
      const gone = await register(['default'], { d: 1 }, 50);
      await setWorkerState(jobs().db, gone, 'stopping');
      expect(await readCatalogue(jobs().db)).toEqual(
        new Map([
          [
            'default',
            {
              slots: 5,
              types: new Map<string, number | null>([
                ['a', 9],
                ['b', null],
                ['c', 1],
              ]),
            },
          ],
          [
            'mail',
            {
              slots: 2,
              types: new Map<string, number | null>([
                ['a', 5],
                ['b', null],
              ]),
            },
          ],
        ]),
      );
      await passTime(jobs().db, LEASE_MS + 1_000);
      expect(await readCatalogue(jobs().db)).toEqual(new Map());
    });

    it('counts for a queue the slots that it has for itself, or else those that are shared', async () => {
      const worker = { name: 'w', host: 'h', pid: 1, version: '0', types: [{ type: 'a', meanMs: null }] };
      await registerWorker(jobs().db, { ...worker, queues: ['default', 'mail'], slots: 10, queueSlots: [0, 3] });
      await registerWorker(jobs().db, { ...worker, queues: ['mail', 'other'], slots: 4 });
      await registerWorker(jobs().db, { ...worker, queues: ['mail'], slots: 0, queueSlots: [7] });
      const slots = Array.from(await readCatalogue(jobs().db), ([queue, capacity]) => [queue, capacity.slots]);
      expect(Object.fromEntries(slots)).toEqual({ default: 10, mail: 14, other: 4 });
    });
  });

  describe('registering types', () => {
    const email: TypeRegistration = {
      type: 'email',
      description: 'Sends a mail.',
      payloadSchema: { type: 'object', properties: { to: { const: 'a\0b' } } },
      resultSchema: null,
      defaults: { queue: 'mail', timeout: '5m' },
      details: { title: 'Mail', sensitive: ['/to'], examples: [{ to: 'ada@example.com' }] },
    };
    const registered = async () =>
      await jobs().db.kysely.selectFrom('cloudtask.job_types').selectAll().orderBy('type').execute();

    it('makes them known as they are', async () => {
      await registerTypes(jobs().db, [email, { ...email, type: 'a', description: null, payloadSchema: null }], '1.2.3');
      const { payloadSchema: input_schema, resultSchema: output_schema, type, description, defaults, details } = email;
      expect(await registered()).toMatchObject([
        { type: 'a', description: null, input_schema: null },
        { type, description, input_schema, output_schema, defaults, details, version: '1.2.3' },
      ]);
    });

    it('writes only what has changed', async () => {
      await passTime(jobs().db, 0);
      const other = { ...email, type: 'other' };
      await registerTypes(jobs().db, [email, other], '1');
      const [first] = await registered();
      await passTime(jobs().db, 1_000);
      await registerTypes(jobs().db, [{ ...email, defaults: {} }, other], '1');
      const [changed, same] = await registered();
      expect(changed).toMatchObject({ defaults: {} });
      expect(Number(changed?.registered_at) - Number(first?.registered_at)).toBe(1_000);
      expect(same?.registered_at).toEqual(first?.registered_at);
      await registerTypes(jobs().db, [other], '2');
      expect(await registered()).toMatchObject([
        { version: '1' },
        { version: '2', registered_at: changed?.registered_at },
      ]);
    });
  });

  describe('rescue', () => {
    it('gives the running jobs of a dead worker to others, once, and leaves the rest alone', async () => {
      const workerId = await jobs().worker();
      const ids = [await jobs().submit(), await jobs().submit(), await jobs().submit()];
      await jobs().claim(ids.slice(0, 2), { workerId });
      await jobs().claim(ids.slice(2), { workerId });
      const other = await jobs().start(await jobs().submit());
      const rescued = await rescueJobsOf(jobs().db, workerId);
      expect(rescued.map(({ id, status }) => [id, status]).toSorted()).toEqual(
        ids.map((id) => [id, 'PENDING']).toSorted(),
      );
      expect(await workerState(workerId)).toBe('dead');
      expect(await jobs().claims()).toMatchObject([{ token: other.claimToken }]);
      expect(await jobs().state(ids[0] ?? '')).toMatchObject({ losses: 1, hinted: false });
      expect(await rescueJobsOf(jobs().db, workerId)).toEqual([]);
    });

    it('does not take a job from the worker that runs it by now', async () => {
      const id = await jobs().submit();
      const [old, now] = [await jobs().worker(), await jobs().worker()];
      await jobs().claim([id], { workerId: old });
      await rescueJobsOf(jobs().db, old);
      // The dead one comes to life and claims something else: its old job must not be found through its new claim.
      const token = randomUUID();
      await jobs().claim([id], { workerId: now });
      await jobs().claim([await jobs().submit()], { workerId: old, token });
      await jobs()
        .db.kysely.updateTable('cloudtask.claims')
        .set({ job_ids: [id, ...(await claimedBy(jobs().db, token)).map((job) => job.id)] })
        .where('token', '=', token)
        .execute();
      expect((await rescueJobsOf(jobs().db, old)).map((job) => job.id)).not.toContain(id);
      expect(await jobs().state(id)).toMatchObject({ status: 'RUNNING', worker_id: now, losses: 1 });
    });

    it('gives nothing to a worker that was declared dead or has stopped', async () => {
      const [dead, stopped] = [await jobs().worker(), await jobs().worker()];
      await rescueJobsOf(jobs().db, dead);
      await setWorkerState(jobs().db, stopped, 'stopped');
      const id = await jobs().submit();
      for (const workerId of [dead, stopped]) await jobs().claim([id], { workerId });
      expect(await jobs().status(id)).toBe('PENDING');
      expect(await suspectWorkers(jobs().db)).toEqual([]);
    });

    it('keeps the claims of a worker that stopped with a job still running', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await setWorkerState(jobs().db, attempt.workerId, 'stopped');
      expect(await suspectWorkers(jobs().db)).toMatchObject([{ id: attempt.workerId }]);
    });

    it('suspects nobody who has just been heard of', async () => {
      await jobs().worker();
      expect(await suspectWorkers(jobs().db)).toEqual([]);
    });

    it('cancels a lost job whose cancellation was requested', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await cancelJob(jobs().db, { id: attempt.jobId, userId: USER, reason: null });
      expect(await rescueJobsOf(jobs().db, attempt.workerId)).toMatchObject([{ status: 'CANCELLED' }]);
    });

    it('goes on in batches', async () => {
      const workerId = await jobs().worker();
      const ids: string[] = [];
      for (let n = 0; n < 3; n++) ids.push(await jobs().submit());
      await jobs().db.query({ name: 'test_many', text: MANY }, [USER, workerId]);
      expect(await rescueJobsOf(jobs().db, workerId)).toHaveLength(1_100);
    });

    it('finds every worker of an earlier process where there can be no other', async () => {
      const [mine, old, stopped] = [await jobs().worker(), await jobs().worker(), await jobs().worker()];
      await setWorkerState(jobs().db, stopped, 'stopped');
      expect((await orphanedWorkers(jobs().db, mine)).map(({ id }) => id)).toEqual([old]);
      expect((await orphanedWorkers(jobs().db, null)).map(({ id }) => id).toSorted()).toEqual([mine, old].toSorted());
    });
  });
};

// 1,100 running jobs of one worker, in two claims: more than are settled at a time.
const MANY = `
  with new_jobs as (
    insert into cloudtask.jobs (id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, created_at)
    select gen_random_uuid(), $1, 't', 'q', '1', 5, 5, 1000, cloudtask.clock() from generate_series(1, 1100)
    returning id
  ),
  claimed as (
    insert into cloudtask.claims (token, worker_id, job_ids, claimed_at, deadline_at)
    select gen_random_uuid(), $2, ids, cloudtask.clock(), cloudtask.clock()
      from (select array_agg(id) as ids from (select id, row_number() over () % 2 as half from new_jobs) n group by half) x
    returning token, job_ids
  )
  insert into cloudtask.job_states (id, status, hinted, queue, type, rank, fence, attempt_limit, claim_token, worker_id, updated_at, started_at)
  select id, 'RUNNING', true, 'q', 't', 0, 1, 5, token, $2, cloudtask.clock(), cloudtask.clock()
    from claimed, unnest(job_ids) as id`;
