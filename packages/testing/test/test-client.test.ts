import {
  type CloudTask,
  defineHandler,
  defineJob,
  type HandlerContext,
  jsonSchema,
  NotFoundError,
  RetryLater,
  Snooze,
} from '@cloudtask/sdk';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestClient, type TestClient } from '../src/test-client.ts';

const sendEmail = defineJob({
  type: 'email.send',
  payload: jsonSchema<{ to: string }>({ type: 'object', properties: { to: { type: 'string' } }, required: ['to'] }),
  queue: 'mail',
});
const backoff = { kind: 'exponential', delay: '10s', factor: 2 } as const;

/** What handlers do in the test that runs. */
let act: (payload: unknown, attempt: number, context: HandlerContext<never>) => unknown = () => undefined;
const handlers = [
  defineHandler(sendEmail, ({ to }, context) => act(to, context.attempt, context)),
  defineHandler({
    type: 'flaky',
    maxAttempts: 6,
    backoff,
    run: (payload, context) => act(payload, context.attempt, context),
  }),
  defineHandler({ type: 'once', maxAttempts: 1, run: (payload, context) => act(payload, context.attempt, context) }),
];

function shared(options: Parameters<typeof createTestClient>[0]): TestClient {
  const client = createTestClient({ handlers, ...options });
  afterEach(async () => {
    act = () => undefined;
    await client.clear();
  });
  afterAll(() => client.close());
  return client;
}

describe('in the mode manual', () => {
  const client = shared({ now: new Date('2026-03-01T00:00:00Z') });

  it('it can be passed wherever a client is expected, and jobs wait until they are drained', async () => {
    const sent: unknown[] = [];
    act = (to) => sent.push(to);
    const signUp = (ct: CloudTask, email: string) => ct.jobs.create(sendEmail, { to: email });
    const { id } = await signUp(client, 'ada@example.com');
    expect(await client.enqueued(sendEmail)).toMatchObject([
      { id, status: 'PENDING', payload: { to: 'ada@example.com' } },
    ]);
    expect(sent).toEqual([]);
    expect(await client.drain()).toMatchObject({ completed: 1, failed: 0, retried: 0 });
    expect(sent).toEqual(['ada@example.com']);
    expect(await client.jobs.result(id)).toBe(1);
    expect(await client.drain()).toMatchObject({ completed: 0 });
  });

  it('payloads are checked as anywhere', async () => {
    await expect(client.jobs.create('email.send', { to: 1 })).rejects.toMatchObject({ status: 422 });
  });

  it('a retry waits for the clock, exactly as long as its backoff says', async () => {
    act = (_payload, attempt) => {
      if (attempt < 3) throw new Error('not yet');
    };
    const { id } = await client.jobs.create('flaky', {});
    expect(await client.drain()).toMatchObject({ retried: 1, completed: 0 });
    await client.clock.advance(9_999);
    expect(await client.drain()).toMatchObject({ retried: 0 });
    await client.clock.advance(1);
    expect(await client.drain()).toMatchObject({ retried: 1 });
    await client.clock.advance(19_999);
    expect(await client.drain()).toMatchObject({ completed: 0 });
    await client.clock.advance(1);
    expect(await client.drain()).toMatchObject({ completed: 1 });
    expect(await client.jobs.get(id)).toMatchObject({ attempt: 3 });
  });

  it('a delay that a handler chooses is kept', async () => {
    act = (_payload, attempt) => {
      if (attempt === 1) throw new RetryLater('7s');
    };
    await client.jobs.create('flaky', {});
    await client.drain();
    await client.clock.advance(6_999);
    expect(await client.drain()).toMatchObject({ completed: 0 });
    await client.clock.advance(1);
    expect(await client.drain()).toMatchObject({ completed: 1 });
  });

  it('a drain withScheduled goes on through delays and retries, and the clock tells how long that takes', async () => {
    act = (payload) => {
      if (payload === 'never') throw new Error('no');
    };
    const start = client.clock.now().getTime();
    await client.jobs.create('flaky', 'later', { delay: '3d' });
    await client.jobs.create('flaky', 'never');
    expect(await client.drain({ withScheduled: true })).toMatchObject({ completed: 1, failed: 1, retried: 5 });
    expect(client.clock.now().getTime() - start).toBe(3 * 86_400_000);
  });

  it('a drain with maxAttempts leaves what would need more', async () => {
    let runs = 0;
    act = async (_payload, _attempt, { sleep }) => {
      runs += 1;
      for (const _minute of [1, 2]) await sleep('1m');
      throw new Snooze('1h');
    };
    await client.jobs.create('flaky', {});
    expect(await client.drain({ withScheduled: true, maxAttempts: 3 })).toMatchObject({ snoozed: 3 });
    expect(runs).toBe(3);
  });

  it('handlers sleep by the clock, side by side, and what becomes due meanwhile finds its time', async () => {
    const woken: unknown[] = [];
    const start = client.clock.now().getTime();
    act = async (payload, _attempt, { sleep }) => {
      if (typeof payload === 'string') await sleep(payload as '1h');
      woken.push([payload, client.clock.now().getTime() - start]);
    };
    for (const payload of ['2h', '1h']) await client.jobs.create('flaky', payload);
    await client.jobs.create('flaky', null, { delay: '90m' });
    expect(await client.drain()).toMatchObject({ completed: 3 });
    expect(woken).toEqual([
      ['1h', 3_600_000],
      [null, 5_400_000],
      ['2h', 7_200_000],
    ]);
  });

  it('a queue that nobody has named before is served, and a type without a handler holds nothing up', async () => {
    await client.jobs.create('nobody-runs-this', {});
    await client.jobs.create('flaky', {}, { queue: 'reports' });
    expect(await client.drain()).toMatchObject({ completed: 1 });
  });

  it('schedules fire while the clock moves, each slot at its time', async () => {
    const daily = { name: 'daily', cron: '0 6 * * *', timezone: 'UTC', type: 'flaky', onOverlap: 'allow' } as const;
    await client.schedules.create(daily);
    await client.clock.advance('3d');
    const jobs = await client.enqueued('flaky');
    expect(jobs.map(({ createdAt }) => createdAt.slice(11))).toEqual(Array(3).fill('06:00:00.000Z'));
    expect(await client.drain()).toMatchObject({ completed: 3 });
  });

  it('a call fails when the test asks for it, once', async () => {
    client.failNext('jobs.create', 503);
    client.failNext('jobs.get', new Error('cut off'));
    await expect(client.jobs.create(sendEmail, { to: 'x' })).rejects.toMatchObject({
      status: 503,
      code: 'PLANNED_FAILURE',
    });
    const { id } = await client.jobs.create(sendEmail, { to: 'x' });
    await expect(client.jobs.get(id)).rejects.toThrow('cannot reach http://cloudtask.test: cut off');
    expect(await client.jobs.get(id)).toMatchObject({ status: 'PENDING' });
    expect(() => client.failNext('job.create', 503)).toThrow('"job.create" is no operation of the client');
    expect(() => client.failNext('jobs.create', 200)).toThrow('200 is no status of a failure');
  });

  it('waits and streams work while somebody else drains', async () => {
    const { id } = await client.jobs.create(sendEmail, { to: 'x' });
    const statuses: string[] = [];
    const watched = (async () => {
      for await (const event of client.jobs.watch(id)) if (event.kind === 'status') statuses.push(event.status);
    })();
    const waited = client.jobs.wait(id);
    await client.drain();
    expect(await waited).toMatchObject({ status: 'COMPLETED' });
    await watched;
    expect(statuses.at(-1)).toBe('COMPLETED');
  });

  it('a watch ends when its reader leaves or its signal is aborted', async () => {
    const { id } = await client.jobs.create(sendEmail, { to: 'x' });
    for await (const event of client.jobs.watch(id)) {
      expect(event).toMatchObject({ status: 'PENDING' });
      break;
    }
    await expect(client.jobs.wait(id, { signal: AbortSignal.timeout(20) })).rejects.toThrow('timeout');
  });

  it('a handler that hangs is named, with its type and its job', async () => {
    let letGo = () => {};
    act = () =>
      new Promise<void>((resolve) => {
        letGo = resolve;
      });
    const { id } = await client.jobs.create(sendEmail, { to: 'x' });
    await expect(client.drain({ timeout: '100ms' })).rejects.toThrow(
      `drain() has waited 100ms for job ${id} of the type "email.send": its handler has not ended`,
    );
    letGo();
    expect(await client.drain()).toMatchObject({ completed: 1 });
  });

  it('time only goes on, and not from inside a handler', async () => {
    await expect(client.clock.advance(-1)).rejects.toThrow('the clock cannot go back by -1');
    act = () => client.clock.advance('1h');
    await client.jobs.create('once', {});
    await client.drain();
    const [job] = await client.enqueued('once');
    expect(job).toMatchObject({ status: 'FAILED', error: { message: expect.stringContaining('inside a handler') } });
  });

  it('clear forgets jobs, schedules and planned failures', async () => {
    const { id } = await client.jobs.create(sendEmail, { to: 'x' });
    await client.schedules.create({ name: 'daily', every: '1d', type: 'flaky' });
    client.failNext('jobs.get', 500);
    await client.clear();
    await expect(client.jobs.get(id)).rejects.toBeInstanceOf(NotFoundError);
    expect(await client.schedules.list().toArray({ limit: 10 })).toEqual([]);
    expect(await client.drain()).toMatchObject({ completed: 0 });
  });

  it('other processes reach the same jobs through a port', async () => {
    const { url, token } = await client.server();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ type: 'email.send', payload: { to: 'far@example.com' } });
    expect(await fetch(`${url}/jobs`, { method: 'POST', headers, body })).toMatchObject({ status: 201 });
    expect(await client.enqueued(sendEmail)).toMatchObject([{ payload: { to: 'far@example.com' } }]);
  });
});

describe('in the mode inline, with redeliver', () => {
  const client = shared({ mode: 'inline', redeliver: true, services: { greeting: 'hello' } });

  it('a job has run when create answers: twice, and completed once', async () => {
    let runs = 0;
    act = () => (runs += 1);
    const { id } = await client.jobs.create(sendEmail, { to: 'x' });
    expect(runs).toBe(2);
    expect(await client.jobs.get(id)).toMatchObject({ status: 'COMPLETED', attempt: 1, result: 2 });
  });

  it('a job that may be begun only once is not run again', async () => {
    let runs = 0;
    act = () => (runs += 1);
    expect(await client.jobs.run('once', {})).toBe(1);
    expect(runs).toBe(1);
  });

  it('a handler can make jobs of its own', async () => {
    act = async (payload) => {
      if (payload === 'parent') await client.jobs.create('once', 'child');
    };
    await client.jobs.create('once', 'parent');
    const jobs = await client.enqueued('once');
    expect(jobs.map(({ payload, status }) => [payload, status])).toEqual([
      ['parent', 'COMPLETED'],
      ['child', 'COMPLETED'],
    ]);
  });
});

describe('five retries and a daily report over thirty days', () => {
  // Compared with work of the same run: seconds say little on a machine that others use, too.
  it('cost no more than a few jobs each, no time is waited for, and nothing is left to do', async () => {
    const { cpuMs, realMs, jobMs } = await thirtyDays();
    // Said in the log of what passes, and in the message of what fails.
    const said = `30 virtual days: ${Math.round(realMs)} ms by the clock, ${Math.round(cpuMs)} ms of CPU, after the start; a job that is made and run: ${jobMs.toFixed(1)} ms`;
    console.log(said);
    expect(cpuMs / jobMs, said).toBeLessThan(36 * MOST_JOBS_EACH);
  }, 60_000);
});

/** What one of the 36 runs may cost, the move of the clock to it included, in jobs that are made and run at once. */
const MOST_JOBS_EACH = 8;

/** Five retries, and thirty reports that each come at 06:00. How long that took once the client was there, and a job beside it. */
async function thirtyDays(): Promise<{ cpuMs: number; realMs: number; jobMs: number }> {
  const before = process.getActiveResourcesInfo().length;
  let [attempts, reports] = [0, 0];
  const greeted: unknown[] = [];
  await using client = createTestClient({
    mode: 'inline',
    now: new Date('2026-03-01T00:00:00Z'),
    services: { name: 'Ada' },
    handlers: [
      defineHandler({
        type: 'flaky',
        maxAttempts: 6,
        run(_payload, { attempt }) {
          attempts = attempt;
          if (attempt < 6) throw new Error('not yet');
        },
      }),
      defineHandler({
        type: 'report',
        run(_payload, context) {
          reports += 1;
          greeted.push((context as { services?: unknown }).services);
        },
      }),
    ],
  });
  // The first call starts the platform.
  expect(await client.enqueued()).toEqual([]);

  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  await client.schedules.create({ name: 'daily', cron: '0 6 * * *', type: 'report' });
  const { id } = await client.jobs.create('flaky', {});
  await client.clock.advance('30d');
  const { user, system } = process.cpuUsage(cpu);
  const realMs = performance.now() - startedAt;

  expect([attempts, reports]).toEqual([6, 30]);
  expect(greeted[0]).toEqual({ name: 'Ada' });
  expect(await client.jobs.get(id)).toMatchObject({ status: 'COMPLETED', attempt: 6 });
  // No job runs or waits, for a worker or for a time.
  const jobs = await client.enqueued();
  expect(jobs.map(({ status }) => status)).toEqual(Array(31).fill('COMPLETED'));
  expect(await client.drain()).toEqual(NOTHING_DONE);
  const jobMs = await cpuMsOfEach(20, () => client.jobs.create('report', {}));
  await client.close();
  await endOfResources(before);
  return { cpuMs: (user + system) / 1_000, realMs, jobMs };
}

async function cpuMsOfEach(times: number, work: () => PromiseLike<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / times;
}

/** What is closed may need a turn of the loop to go. A timer that waits for that would be counted itself. */
async function endOfResources(before: number): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (process.getActiveResourcesInfo().length > before && performance.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
}

const NOTHING_DONE = { completed: 0, failed: 0, cancelled: 0, expired: 0, retried: 0, snoozed: 0 };

it('in the mode record nothing runs, and a closed client says that it is closed', async () => {
  const client = createTestClient({ handlers, mode: 'record' });
  await client.jobs.create(sendEmail, { to: 'x' });
  expect(await client.enqueued()).toMatchObject([{ status: 'PENDING' }]);
  await expect(client.drain()).rejects.toThrow("in the mode 'record' jobs never run");
  await client.close();
  await client.close();
  await expect(client.enqueued()).rejects.toThrow('enqueued(): the test client is closed');
  await expect(client.clock.advance('1d')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  await expect(client.jobs.list()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  expect(() => client.failNext('jobs.create', 503)).toThrow('closed');
});
