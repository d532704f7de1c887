import type { Database } from '@cloudtask/core/database/database';
import { createdQueue } from '@cloudtask/core/messages';
import { registerTypes } from '@cloudtask/core/protocol/register-types';
import { heartbeat, registerWorker, setWorkerState, type WorkerRegistration } from '@cloudtask/core/protocol/workers';
import type {
  Explanation,
  Job,
  QueueInfo,
  QueuePauseInfo,
  Stats,
  SubmitJob,
  TypeInfo,
  WorkerInfo,
} from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failed, JobFixture } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables, passTime } from '../../../core/test/protocol/protocol-tables.ts';
import { setOperator } from '../../src/store/accounts.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { oneWorkerConformance } from './one-worker.conformance.ts';

/** Both clocks stand, so every age and every rate is exact. */
const NOW_MS = Date.now();

/** What operators see, on any database that is `instrument`ed. `open` is called once; its owner closes what it answers. */
export function operationsConformance(name: string, open: () => Promise<Database>): void {
  describe(`the numbers of operators on ${name}`, () => {
    let api: TestApi;
    let jobs: JobFixture;
    let operator: string;
    let user: string;
    beforeAll(async () => {
      api = await openTestApi({ database: await open(), clock: { now: () => NOW_MS } });
      jobs = new JobFixture(api.database);
    });
    beforeEach(async () => {
      await emptyTables(api.database);
      await passTime(api.database, 0);
      const session = await api.register();
      operator = session.token;
      await setOperator(api.database, { email: session.user.email, isOperator: true });
      user = (await api.register()).token;
    });
    afterAll(() => api.close());

    async function read<Body>(url: string, token = operator): Promise<Body> {
      const answer = await api.call<Body>('GET', url, { token });
      expect([url, answer.status]).toEqual([url, 200]);
      return answer.body;
    }
    const submit = async (job: SubmitJob): Promise<string> => (await api.submit(user, job)).id;

    async function submitMany(count: number, job: SubmitJob): Promise<string[]> {
      const ids: string[] = [];
      for (let n = 0; n < count; n += 1) ids.push(await submit(job));
      return ids;
    }

    const register = (worker: Partial<WorkerRegistration> = {}): Promise<number> =>
      registerWorker(api.database, {
        name: 'w',
        host: 'h',
        pid: 1,
        version: '1.2.3',
        queues: ['default'],
        types: [{ type: 'mail', meanMs: null }],
        slots: 4,
        ...worker,
      });

    /** Claims jobs that wait, and says so as the worker's heartbeat does. */
    async function run(workerId: number, ids: readonly string[]): Promise<void> {
      await jobs.claim(ids, { workerId });
      const types = [{ type: 'mail', meanMs: null }];
      await heartbeat(api.database, { workerId, busy: ids.length, types, lastDeliveryAt: null, doneTokens: [] });
    }

    describe('GET /queues', () => {
      it('has every queue with workers, a pause or a backlog, by name, and nothing else', async () => {
        expect(await read('/queues')).toEqual([]);
        await submit({ type: 'mail', queue: 'waiting' });
        await register({ queues: ['served'] });
        await api.call('POST', '/queues/paused/pause', { token: operator });
        await submit({ type: 'mail', queue: 'later', delay: '1h' });
        expect((await read<QueueInfo[]>('/queues')).map(({ name }) => name)).toEqual(['paused', 'served', 'waiting']);
      });

      it('counts what waits and says how long the oldest has waited', async () => {
        await submitMany(1, { type: 'mail', queue: 'letters' });
        await passTime(api.database, 30_000);
        await submitMany(2, { type: 'mail', queue: 'letters' });
        await passTime(api.database, 60_900);
        expect(await read('/queues')).toEqual([
          {
            name: 'letters',
            waiting: 3,
            ready: null,
            oldestWaitingSeconds: 90,
            workers: 0,
            slots: 0,
            busy: 0,
            pause: null,
          },
        ]);
      });

      it('ends counting at 10,000', async () => {
        await api.database.query({ name: 'test_many_waiting', text: MANY_WAITING }, []);
        expect(await read('/queues')).toMatchObject([{ name: 'letters', waiting: 10_000 }]);
        expect(await read('/stats')).toMatchObject({ jobs: { waiting: 10_000 } });
      });

      it('says how many messages the broker has for the workers of a queue', async () => {
        await register({ queues: ['hinted'] });
        for (let n = 0; n < 2; n += 1) await api.broker.publish(createdQueue('hinted'), Buffer.from('{}'));
        expect(await read('/queues')).toMatchObject([{ name: 'hinted', ready: 2 }]);
      });

      it('counts in each queue the slots that its workers share, and what is in them', async () => {
        const ids = await submitMany(3, { type: 'mail' });
        const worker = await register({ queues: ['default', 'letters'], slots: 5 });
        await register({ slots: 2 });
        await run(worker, ids);
        expect(await read('/queues')).toMatchObject([
          { name: 'default', waiting: 0, ready: 0, oldestWaitingSeconds: null, workers: 2, slots: 7, busy: 3 },
          { name: 'letters', waiting: 0, ready: 0, oldestWaitingSeconds: null, workers: 1, slots: 5, busy: 3 },
        ]);
      });

      it('counts for a queue with slots of its own those, and what is in them', async () => {
        const shared = await submitMany(1, { type: 'mail' });
        const letters = await submitMany(2, { type: 'mail', queue: 'letters' });
        const worker = await register({ queues: ['default', 'cards', 'letters'], slots: 5, queueSlots: [0, 0, 2] });
        await run(worker, [...shared, ...letters]);
        expect(await read('/queues')).toMatchObject([
          { name: 'cards', slots: 5, busy: 1 },
          { name: 'default', slots: 5, busy: 1 },
          { name: 'letters', slots: 2, busy: 2 },
        ]);
      });

      it('says who paused a queue, why and until when', async () => {
        const body = { reason: 'provider outage', for: '1h' };
        const paused = await api.call<QueuePauseInfo>('POST', '/queues/letters/pause', { token: operator, body });
        const { email } = await read<{ email: string }>('/auth/me');
        const [queue] = await read<QueueInfo[]>('/queues');
        expect(queue).toMatchObject({ name: 'letters', waiting: 0, pause: paused.body });
        expect(paused.body).toMatchObject({ reason: 'provider outage', pausedBy: email });
        const { pausedAt, resumesAt } = paused.body;
        expect(Date.parse(resumesAt ?? '') - Date.parse(pausedAt)).toBe(3_600_000);
        await passTime(api.database, 3_600_000);
        expect(await read('/queues')).toEqual([]);
      });

      it('has no pause any more once the queue is resumed', async () => {
        await submit({ type: 'mail', queue: 'letters' });
        await api.call('POST', '/queues/letters/pause', { token: operator });
        expect(await read('/queues')).toMatchObject([{ pause: { reason: null, resumesAt: null } }]);
        expect((await api.call('POST', '/queues/letters/resume', { token: operator })).status).toBe(204);
        expect(await read('/queues')).toMatchObject([{ waiting: 1, pause: null }]);
      });
    });

    describe('GET /workers', () => {
      it('shows each worker as it registered and as its last heartbeat said, newest first', async () => {
        const ids = await submitMany(2, { type: 'mail' });
        const worker = await register({ name: 'one', queues: ['default', 'letters'] });
        await register({ name: 'two', version: '1.2.4' });
        await run(worker, ids);
        const since = new Date(NOW_MS - 20_000);
        const types = [
          { type: 'card', meanMs: null },
          { type: 'mail', meanMs: 12 },
        ];
        const beat = { workerId: worker, busy: 2, types, lastDeliveryAt: since, deafSince: since, doneTokens: [] };
        await passTime(api.database, 5_000);
        await heartbeat(api.database, beat);
        const [two, one] = await read<WorkerInfo[]>('/workers');
        expect(one).toEqual({
          id: worker,
          name: 'one',
          host: 'h',
          version: '1.2.3',
          state: 'live',
          queues: ['default', 'letters'],
          types: ['card', 'mail'],
          slots: 4,
          busy: 2,
          startedAt: expect.any(String),
          heartbeatAt: expect.any(String),
          lastDeliveryAt: since.toISOString(),
          deafSince: since.toISOString(),
          drain: null,
        });
        expect(Date.parse(one?.heartbeatAt ?? '') - Date.parse(one?.startedAt ?? '')).toBe(5_000);
        expect(two).toMatchObject({ name: 'two', version: '1.2.4', busy: 0, lastDeliveryAt: null, deafSince: null });
      });

      it('counts all slots of a worker, those of single queues too', async () => {
        await register({ queues: ['default', 'letters', 'cards'], slots: 5, queueSlots: [0, 2, 3] });
        await register({ queues: ['letters'], slots: 0, queueSlots: [7] });
        expect((await read<WorkerInfo[]>('/workers')).map(({ slots }) => slots)).toEqual([7, 10]);
      });

      it('leaves out those that have stopped, unless all are asked for', async () => {
        const [stopped, stopping, live] = [await register(), await register(), await register()];
        await setWorkerState(api.database, stopped, 'stopped');
        await setWorkerState(api.database, stopping, 'stopping');
        const states = async (url: string) => (await read<WorkerInfo[]>(url)).map(({ id, state }) => [id, state]);
        const running = [
          [live, 'live'],
          [stopping, 'stopping'],
        ];
        expect(await states('/workers')).toEqual(running);
        expect(await states('/workers?all=true')).toEqual([...running, [stopped, 'stopped']]);
      });
    });

    oneWorkerConformance({
      api: () => api,
      operator: () => operator,
      user: () => user,
      read,
      submit,
      submitMany,
      register,
      run,
    });

    describe('GET /stats', () => {
      it('sums up the jobs of everybody', async () => {
        const [first = '', second = '', third = ''] = await submitMany(5, { type: 'mail' });
        await submit({ type: 'mail', delay: '1h' });
        await api.submit(operator, { type: 'mail' });
        const worker = await register();
        await run(worker, [third]);
        await jobs.settle(await jobs.start(first), failed());
        await jobs.settle(await jobs.start(second), failed({ retryable: false }));
        expect(await read('/stats')).toEqual({
          jobs: { waiting: 3, running: 1, scheduled: 1, retrying: 1 },
          lastHour: { failed: 1 },
          // Each of the two that were started had a worker of its own.
          workers: { live: 3, slots: 12, busy: 1 },
          throughput: { submittedPerSecond: 0.7 },
        });
        await passTime(api.database, 3_600_000);
        expect(await read('/stats')).toMatchObject({
          lastHour: { failed: 0 },
          workers: { live: 0, slots: 0, busy: 0 },
        });
      });

      it('counts the slots of single queues too', async () => {
        const ids = [
          ...(await submitMany(1, { type: 'mail' })),
          ...(await submitMany(2, { type: 'mail', queue: 'own' })),
        ];
        const worker = await register({ queues: ['default', 'own'], slots: 5, queueSlots: [0, 2] });
        await run(worker, ids);
        await register({ queues: ['own'], slots: 0, queueSlots: [7] });
        expect((await read<Stats>('/stats')).workers).toEqual({ live: 2, slots: 14, busy: 3 });
      });
    });

    describe('GET /types', () => {
      it('shows what was registered, by which version, and how many live workers run it', async () => {
        const mail = {
          type: 'mail',
          description: 'Sends a letter.',
          payloadSchema: { type: 'object' },
          resultSchema: { type: 'string' },
          defaults: { queue: 'letters' },
        };
        await registerTypes(api.database, [mail, { ...mail, type: 'old', description: null }], '1.2.3');
        const details = {
          title: 'Card',
          sensitive: ['/to'],
          examples: [{ to: 'Ada' }],
          progressSchema: { type: 'object' },
        };
        await registerTypes(api.database, [{ ...mail, description: 'Sends a card.', details }], '1.2.4');
        await register();
        await register({ types: ['mail', 'unregistered'].map((type) => ({ type, meanMs: null })) });
        const types = await read<TypeInfo[]>('/types');
        const registeredAt = expect.any(String);
        const none = { title: null, progressSchema: null, sensitive: [], examples: [] };
        expect(types).toEqual([
          { ...mail, ...details, description: 'Sends a card.', workers: 2, version: '1.2.4', registeredAt },
          { ...mail, ...none, type: 'old', description: null, workers: 0, version: '1.2.3', registeredAt },
          {
            type: 'unregistered',
            description: null,
            payloadSchema: null,
            resultSchema: null,
            ...none,
            defaults: {},
            workers: 1,
            version: null,
            registeredAt: null,
          },
        ]);
        expect(await read('/types', user)).toEqual(types);
      });
    });

    describe('a queue with slots of its own', () => {
      it('has the same numbers wherever one looks', async () => {
        const [running = '', next = ''] = await submitMany(2, { type: 'mail', queue: 'letters' });
        const waits = await submit({ type: 'mail' });
        const worker = await register({ queues: ['default', 'letters'], slots: 5, queueSlots: [0, 1] });
        await run(worker, [running]);
        const use = async (id: string) =>
          (await read<Explanation>(`/jobs/${id}/explain`, user)).checks.find(({ code }) => code === 'SLOTS_BUSY')
            ?.message;
        expect(await use(next)).toMatch(
          /^All slots are busy: 1 of 1 slot of 1 worker taken, 1 of them by your own jobs\./,
        );
        expect(await use(waits)).toMatch(/^A slot is free: 0 of 5 slots of 1 worker taken\./);
        expect(await read('/queues')).toMatchObject([
          { name: 'default', slots: 5, busy: 0 },
          { name: 'letters', slots: 1, busy: 1 },
        ]);
        expect(await read('/workers')).toMatchObject([{ slots: 6, busy: 1 }]);
        expect(await read('/stats')).toMatchObject({ workers: { slots: 6, busy: 1 } });
      });
    });

    describe('an operator beside a user', () => {
      it('sees the numbers of everybody, and no job but his own', async () => {
        const theirs = await submit({ type: 'mail', queue: 'letters' });
        expect(await read('/queues')).toMatchObject([{ name: 'letters', waiting: 1 }]);
        expect(await read<Job[]>('/jobs')).toEqual([]);
        expect(problemOf(await api.call('GET', `/jobs/${theirs}`, { token: operator })).code).toBe('JOB_NOT_FOUND');
      });

      it.each(['/queues', '/workers', '/workers?all=true', '/stats'])('alone sees %s', async (url) => {
        await register();
        const answer = await api.call('GET', url, { token: user });
        expect([answer.status, problemOf(answer).code]).toEqual([403, 'OPERATOR_REQUIRED']);
        expect(answer.text).not.toContain('1.2.3');
      });
    });
  });
}

const MANY_WAITING = `
  insert into cloudtask.job_states (id, status, hinted, queue, type, rank, fence, attempt_limit, updated_at)
  select gen_random_uuid(), 'PENDING', false, 'letters', 'mail', 0, 0, 5, cloudtask.clock() from generate_series(1, 10001)`;
