import { randomUUID } from 'node:crypto';
import type { Broker, Consumer, Delivery } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { claimJobs } from '@cloudtask/core/protocol/claim';
import { pauseQueue } from '@cloudtask/core/protocol/queue-pauses';
import { registerTypes } from '@cloudtask/core/protocol/register-types';
import { rescueJobsOf } from '@cloudtask/core/protocol/rescue';
import { registerWorker } from '@cloudtask/core/protocol/workers';
import type { Explanation, Job, Session } from '@cloudtask/sdk/contract';
import { FatalError, Snooze } from '@cloudtask/sdk/handler-errors';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { noWorker } from '../../src/job-service/explain-checks/no-worker.ts';
import { noWorkerForType } from '../../src/job-service/explain-checks/no-worker-for-type.ts';
import type { Situation } from '../../src/job-service/explain-checks/situation.ts';
import { ExplanationSchema } from '../../src/job-service/schemas/explanation-schema.ts';
import { openTestApi, type TestApi } from '../job-service/api.ts';
import { openServices, type Services } from './open-services.ts';

/** What the API says of a job, in the shape that it promises. */
function checked(explanation: Explanation): Explanation {
  expect([...Compile(ExplanationSchema).Errors(explanation)]).toEqual([]);
  return explanation;
}

const firstFailing = ({ checks }: Explanation) => checks.find(({ ok }) => !ok);
const failing = ({ checks }: Explanation) => checks.filter(({ ok }) => !ok).map(({ code }) => code);

it.each([noWorker, noWorkerForType])('names the command that starts a worker, where one can join: %o', (check) => {
  const elsewhere = { queues: ['mail'], types: [{ type: 'other' }], name: 'web-1' };
  const workers = check === noWorker ? [] : [elsewhere];
  const finding = check({ job: { queue: 'mail', type: 'email' }, workers, isShared: true } as unknown as Situation);
  expect(finding?.command).toMatch(/^cloudtask worker start --queues mail/);
});

describe('explaining a job', () => {
  let services: Services;
  beforeAll(async () => {
    services = await openServices({ databaseUrl: 'pglite:memory', brokerUrl: 'memory:', signalsUrl: 'memory:' });
  });
  afterAll(() => services.close());

  const explain = async (id: string) => checked((await services.call<Explanation>('GET', `/jobs/${id}/explain`)).body);
  /** Never the same twice: what an earlier test left there is of no account. */
  const aQueue = () => `q-${randomUUID().slice(0, 8)}`;

  /** A worker that the database knows and that takes nothing. */
  const idleWorker = (queue: string, type: string) =>
    registerWorker(services.platform.database, {
      name: 'idle',
      host: 'h',
      pid: 1,
      version: '0',
      queues: [queue],
      types: [{ type, meanMs: null }],
      slots: 4,
    });

  it('names a paused queue, by whom, why and until when', async () => {
    const queue = aQueue();
    const { resumesAt } = await pauseQueue(services.platform.database, {
      queue,
      reason: 'provider outage',
      forMs: 60_000,
      pausedBy: 'ada@example.com',
    });
    const { id } = await services.submit({ type: 'mail', queue });
    const explanation = await explain(id);
    expect(firstFailing(explanation)).toMatchObject({ code: 'QUEUE_PAUSED', command: `POST /queues/${queue}/resume` });
    expect(explanation.summary).toMatch(/ada@example\.com.*\(provider outage\), until /);
    expect(explanation.next).toEqual({ what: 'resume', at: resumesAt?.toISOString() });
    await pauseQueue(services.platform.database, { queue, reason: null, forMs: null, pausedBy: 'ada@example.com' });
    expect(await explain(id)).toMatchObject({ verdict: 'blocked', next: null });
  });

  it('says when a job is due that waits', async () => {
    await services.worker({ later: () => 1 });
    const job = await services.submit({ type: 'later', delay: '1h' });
    const explanation = await explain(job.id);
    expect(firstFailing(explanation)).toMatchObject({ code: 'NOT_DUE' });
    expect(explanation).toMatchObject({
      jobId: job.id,
      status: 'SCHEDULED',
      verdict: 'waiting',
      next: { what: 'due', at: job.runAt },
      summary: expect.stringMatching(/^The job was submitted to wait until .*, in (1 h|59 min 59 s|59 min 58 s)\.$/),
    });
    expect(explanation.retries[0]).toEqual({ attempt: 1, at: job.runAt, delayMs: 0 });
  });

  it('says that its handler put it off', async () => {
    await services.worker({
      sleepy: () => {
        throw new Snooze('1h');
      },
    });
    const { id } = await services.submit({ type: 'sleepy' });
    await services.jobWhen(id, 'SCHEDULED');
    expect((await explain(id)).summary).toMatch(/^Its handler put the job off until/);
  });

  it('says when the next attempt comes, why the last one failed, and what is planned', async () => {
    await services.worker({
      failing: () => {
        throw new Error('SMTP 421');
      },
    });
    const backoff = { kind: 'exponential', delay: '10s', factor: 2 } as const;
    const { id } = await services.submit({ type: 'failing', maxAttempts: 4, backoff });
    const job = await services.jobWhen(id, 'RETRYING');
    const explanation = await explain(id);
    expect(firstFailing(explanation)).toMatchObject({ code: 'RETRY_BACKOFF' });
    expect(explanation.summary).toMatch(/^Attempt 2 of 4 comes at .* The last one failed: SMTP 421$/);
    expect(explanation.next).toEqual({ what: 'retry', at: job.nextAttemptAt });
    // Nothing else it says may sound as if the job could start now.
    const said = explanation.checks.map(({ message }) => message).join(' ');
    expect(said).not.toMatch(/is due|among the next|ahead of it/);
    const at = (ms: number) => new Date(Date.parse(job.nextAttemptAt ?? '') + ms).toISOString();
    expect(explanation.retries).toEqual([
      { attempt: 2, at: at(0), delayMs: 0 },
      { attempt: 3, at: at(20_000), delayMs: 20_000 },
      { attempt: 4, at: at(60_000), delayMs: 40_000 },
    ]);
  });

  it('sees that no worker takes jobs from the queue, and when that ends the job', async () => {
    await services.worker({ mail: () => 1 });
    const queue = aQueue();
    const { id, createdAt } = await services.submit({ type: 'mail', queue, ttl: '1h' });
    const explanation = await explain(id);
    expect(firstFailing(explanation)).toMatchObject({
      code: 'NO_WORKER',
      // No other worker can join a platform that has its database for itself.
      hint: expect.stringContaining(`start it again with ${queue} among its queues`),
    });
    expect(firstFailing(explanation)).not.toHaveProperty('command');
    expect(explanation).toMatchObject({
      verdict: 'blocked',
      next: { what: 'expire', at: new Date(Date.parse(createdAt) + 3_600_000).toISOString() },
    });
  });

  it('sees that workers are there and none handles the type, and who did', async () => {
    const queue = aQueue();
    const gone = await services.worker({ 'image.thumb': () => 1 }, { queue });
    await gone.close();
    await services.worker({ 'email.send': () => 1, 'report.build': () => 1 }, { queue });
    const { id } = await services.submit({ type: 'image.thumb', queue });
    const explanation = await explain(id);
    expect(firstFailing(explanation)).toMatchObject({ code: 'NO_WORKER_FOR_TYPE' });
    expect(explanation.summary).toMatch(/: 1 worker there, with handlers of email\.send, report\.build\./);
    expect(explanation.summary).toMatch(/The last worker that handled it was .* \(stopped\), seen .* ago\./);
    expect(explanation.summary).toMatch(/It was last registered .* ago\./);
    expect(explanation.verdict).toBe('blocked');
  });

  it('counts who holds the slots, and who is ahead in the queue', async () => {
    const queue = aQueue();
    const { promise, resolve } = Promise.withResolvers<number>();
    const worker = await services.worker({ long: () => promise }, { queues: ['default', `${queue}:2`], slots: 50 });
    const account = { email: `${randomUUID()}@example.com`, password: 'correct-horse-42' };
    const { token } = (await services.call<Session>('POST', '/auth/register', account)).body;
    const bearer = { authorization: `Bearer ${token}` };
    const foreign = await services.call<Job>('POST', '/jobs', { type: 'long', queue }, bearer);
    const own = await services.submit({ type: 'long', queue });
    await expect.poll(() => worker.busy).toBe(2);
    // More than the broker holds: the rest waits in the backlog.
    const waiting = await services.call<{ results: { job: Job }[] }>('POST', '/jobs/batch', {
      jobs: Array.from({ length: 150 }, () => ({ type: 'long', queue })),
    });
    const urgent = await services.submit({ type: 'long', queue, priority: 9 });
    const last = waiting.body.results.at(-1)?.job.id ?? '';
    const explanation = await explain(last);
    expect(firstFailing(explanation)).toMatchObject({ code: 'SLOTS_BUSY' });
    expect(explanation).toMatchObject({ verdict: 'waiting' });
    expect(explanation.summary).toMatch(/2 of 2 slots of 1 worker taken, 1 of them by your own jobs/);
    const ahead = async () => Number(/(\d+) jobs ahead of it\.$/.exec((await explain(last)).summary)?.[1]);
    // Some of the 150 go to the broker as soon as the dispatcher has seen them.
    await expect.poll(ahead).toBeLessThan(150);
    expect(await ahead()).toBeGreaterThanOrEqual(10);
    expect((await explain(urgent.id)).summary).toMatch(
      /(No waiting job is ahead of it|The job is with the broker already, among the next)\.$/,
    );
    const seen = await services.call('GET', `/jobs/${foreign.body.id}/explain`);
    expect([seen.status, seen.body]).toMatchObject([404, { code: 'JOB_NOT_FOUND' }]);
    resolve(1);
    for (const { id } of [own, urgent, { id: last }]) await services.jobWhen(id, 'COMPLETED');
  });

  it('says "at least" when more claims are known than are looked at', async () => {
    const queue = aQueue();
    const { database } = services.platform;
    const workerId = await idleWorker(queue, 'counted');
    const [started, { id }] = [
      await services.submit({ type: 'counted', queue }),
      await services.submit({ type: 'counted', queue }),
    ];
    await claimJobs(database, { ids: [started.id], token: randomUUID(), workerId });
    const use = async () => (await explain(id)).checks.find(({ code }) => code === 'SLOTS_BUSY');
    expect((await use())?.message).toMatch(/^A slot is free: 1 of 4 slots of 1 worker taken, /);
    await database.query({ name: 'test_many_claimed', text: MANY_CLAIMED }, [workerId]);
    const said = await use();
    expect(said).toMatchObject({ ok: true });
    expect(said?.message).toMatch(/^A slot may be free: at least [01] of 4 slots of 1 worker taken/);
  });

  it('sees that the worker that should take it is deaf', async () => {
    const queue = aQueue();
    const worker = await services.worker(
      { mail: () => 1 },
      { queue, broker: deafened(services.platform.broker), deafAfterMs: 150 },
    );
    const { id } = await services.submit({ type: 'mail', queue });
    await eventually(() => !worker.isConsuming);
    const explanation = await eventually(async () => {
      const said = await explain(id);
      return firstFailing(said)?.code === 'WORKER_DEAF' && said;
    });
    expect(explanation.verdict).toBe('blocked');
  });

  it('tells of workers that were lost with it', async () => {
    const queue = aQueue();
    const { database } = services.platform;
    const { id } = await services.submit({ type: 'heavy', queue });
    for (let loss = 0; loss < 2; loss += 1) {
      const workerId = await idleWorker(queue, 'heavy');
      await claimJobs(database, { ids: [id], token: randomUUID(), workerId });
      await rescueJobsOf(database, workerId);
    }
    await idleWorker(queue, 'heavy');
    const explanation = await explain(id);
    expect(firstFailing(explanation)).toMatchObject({
      code: 'WORKER_LOST',
      message: '2 workers died while the job ran; after 3 it ends FAILED (POISON).',
    });
    expect(explanation).toMatchObject({
      verdict: 'waiting',
      retries: [{ attempt: 3 }, { attempt: 4 }, { attempt: 5 }],
    });
  });

  it('sees that the payload does not fit the newest schema of its type', async () => {
    const queue = aQueue();
    await idleWorker(queue, 'typed');
    const { id } = await services.submit({ type: 'typed', queue, payload: { to: 'ada' } });
    const payloadSchema = { type: 'object', properties: { to: { type: 'array' } }, required: ['to', 'subject'] };
    await registerTypes(
      services.platform.database,
      [{ type: 'typed', description: null, payloadSchema, resultSchema: null, defaults: {} }],
      '2',
    );
    const explanation = await eventually(async () => {
      const said = await explain(id);
      return firstFailing(said)?.code === 'PAYLOAD_MISFIT' && said;
    });
    expect(explanation.summary).toMatch(/\/payload\/subject is required/);
    expect(explanation.summary).toMatch(/\/payload\/to must be array/);
  });

  it('finds nothing wrong with a job that is about to start', async () => {
    const queue = aQueue();
    await idleWorker(queue, 'fine');
    const { id } = await services.submit({ type: 'fine', queue });
    expect(await explain(id)).toMatchObject({
      verdict: 'waiting',
      summary: 'Nothing holds the job: it is about to start.',
      next: null,
    });
  });

  it('tells of a job that runs, and when it times out', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    await services.worker({ runs: () => promise });
    const { id } = await services.submit({ type: 'runs', timeout: '10m' });
    const { startedAt } = await services.jobWhen(id, 'RUNNING');
    const explanation = await explain(id);
    expect(explanation).toMatchObject({
      verdict: 'running',
      summary: expect.stringMatching(/^Attempt 1 of 5 has run for \d+ s on /),
      next: { what: 'timeout', at: new Date(Date.parse(startedAt ?? '') + 600_000).toISOString() },
    });
    expect(failing(explanation)).toEqual([]);
    expect(explanation.retries.map(({ attempt }) => attempt)).toEqual([2, 3, 4, 5]);
    resolve(1);
    await services.jobWhen(id, 'COMPLETED');
  });

  it('tells how a job ended, and how to run it again', async () => {
    await services.worker({
      ends: (how) => {
        if (how === 'badly') throw new FatalError('no such customer');
      },
    });
    const [bad, good] = [
      await services.submit({ type: 'ends', payload: 'badly' }),
      await services.submit({ type: 'ends', payload: 'well' }),
    ];
    await services.jobWhen(bad.id, 'FAILED');
    await services.jobWhen(good.id, 'COMPLETED');
    const explanation = await explain(bad.id);
    expect(explanation).toMatchObject({ status: 'FAILED', verdict: 'finished', next: null, retries: [] });
    expect(explanation.checks).toMatchObject([{ code: 'FINISHED', ok: false, command: `POST /jobs/${bad.id}/retry` }]);
    expect(explanation.summary).toMatch(/^The job ended FAILED \(NON_RETRYABLE\) .* ago: no such customer$/);
    expect((await explain(good.id)).checks[0]).not.toHaveProperty('command');
  });
});

describe('explaining a job while', () => {
  let api: TestApi | undefined;
  afterAll(() => api?.close());

  it('the broker and the schedulers are away', async () => {
    const broker: Broker = Object.create(openMemoryBroker(), {
      health: { value: { up: false, detail: 'connection refused' } },
      depth: { value: () => Promise.reject(new Error('asked a broker that is away')) },
    });
    api = await openTestApi({ broker });
    const { call, database } = api;
    const { token } = await api.register();
    await registerWorker(database, {
      name: 'w',
      host: 'h',
      pid: 1,
      version: '0',
      queues: ['default'],
      types: [{ type: 'test', meanMs: null }],
      slots: 4,
    });
    const { id } = await api.submit(token);
    const explanation = checked((await call<Explanation>('GET', `/jobs/${id}/explain`, { token })).body);
    expect(failing(explanation)).toEqual(['BROKER_AWAY', 'SCHEDULER_SILENT']);
    expect(explanation).toMatchObject({
      verdict: 'blocked',
      summary: 'The broker cannot be reached from the job-service: connection refused.',
    });
    expect(explanation.checks.find(({ code }) => code === 'SCHEDULER_SILENT')?.message).toBe(
      'No scheduler has ever been seen, and it is the one who tells workers of this job.',
    );
  });
});

// As after seconds of fast jobs whose claims are not forgotten yet.
const MANY_CLAIMED = `
  insert into cloudtask.claims (token, worker_id, job_ids, claimed_at, deadline_at)
  select gen_random_uuid(), $1::integer, array_agg(gen_random_uuid()), cloudtask.clock(), cloudtask.clock()
    from generate_series(1, 20000)`;

/** The same broker, but its consumers hear nothing. */
function deafened(broker: Broker): Broker {
  return Object.create(broker, {
    health: { get: () => broker.health },
    depth: { value: (queue: string) => broker.depth(queue) },
    publish: { value: (queue: string, body: Buffer) => broker.publish(queue, body) },
    consume: {
      async value(queue: string): Promise<Consumer> {
        const nothing = `nothing.${queue}`;
        return await broker.consume(nothing, { prefetch: 1 }, (_: Delivery) => {});
      },
    },
  });
}
