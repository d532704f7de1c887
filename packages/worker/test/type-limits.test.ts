import { fireTimers } from '@cloudtask/core/protocol/fire-timers';
import { defineHandler, type Handler } from '@cloudtask/sdk/define-handler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { oneDatabase } from './support/one-database.ts';
import { TestPlatform } from './support/test-platform.ts';

const limited = (run: Handler['run'], concurrency = 2) =>
  defineHandler({ type: 'limited', run, concurrency } as never) as Handler;

describe('a handler with a concurrency', () => {
  const database = oneDatabase();
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await TestPlatform.on(database());
    await platform.settleReports();
  });
  afterEach(() => platform.leave());

  /** Jobs that run until they are let go, in the order in which they were started. */
  function heldJobs() {
    const held: { id: string; letGo(): void }[] = [];
    const order: string[] = [];
    let most = 0;
    const run: Handler['run'] = (_, { job: { id }, signal }) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => () => {
          held.splice(held.indexOf(own), 1);
          settle();
        };
        const own = { id, letGo: end(() => resolve(null)) };
        signal.addEventListener(
          'abort',
          end(() => reject(signal.reason)),
        );
        held.push(own);
        order.push(id);
        most = Math.max(most, held.length);
      });
    return { run, order, running: () => held.length, letGo: () => held[0]?.letGo(), most: () => most };
  }

  const quick = defineHandler({ type: 'quick', run: () => 1 });
  const submit = (type: string, count: number, queue = 'default') =>
    platform.submitMany(type, new Array(count).fill(null), { queue, chunk: 5 });
  const finishAll = (ids: readonly string[], { letGo }: ReturnType<typeof heldJobs>) =>
    eventually(
      async () => {
        letGo();
        return (await platform.count('COMPLETED')) >= ids.length;
      },
      { timeoutMs: 14_000 },
    );

  it('has no more jobs running than that, and the oldest first; those beyond it are not claimed', async () => {
    const held = heldJobs();
    const worker = await platform.worker([limited(held.run), quick]);
    const ids = await submit('limited', 20);
    await eventually(() => held.running() === 2);
    expect([worker.busy, await platform.count('RUNNING'), await platform.count('PENDING')]).toEqual([2, 2, 18]);
    await finishAll(ids, held);
    expect(held.most()).toBe(2);
    expect(held.order).toEqual(ids);
  });

  it('holds up no job of another type, however many of its own wait before it', async () => {
    const held = heldJobs();
    await platform.worker([limited(held.run, 1), quick], { concurrency: 3 });
    await submit('limited', 200);
    await eventually(() => held.running() === 1);
    const others = await submit('quick', 50);
    await Promise.all(others.map((id) => platform.finished(id)));
    expect(held.running()).toBe(1);
  });

  it('has its limit over all queues of the worker', async () => {
    const held = heldJobs();
    await platform.worker([limited(held.run)], { queues: ['default', 'mail:5'] });
    const ids = [...(await submit('limited', 6)), ...(await submit('limited', 6, 'mail'))];
    await finishAll(ids, held);
    expect(held.most()).toBe(2);
  });

  it('leaves what it does not take to other workers', async () => {
    const [mine, others] = [heldJobs(), heldJobs()];
    await platform.worker([limited(mine.run, 1)]);
    const ids = await submit('limited', 5);
    await eventually(() => mine.running() === 1);
    await platform.worker([limited(others.run, 4)]);
    // The scheduler, in two lines.
    await eventually(async () => {
      await fireTimers(platform.parts.database, 100);
      await platform.offerAgain('limited');
      return others.running() === 4;
    });
    expect([mine.running(), await platform.count('RUNNING')]).toEqual([1, ids.length]);
  });

  it('offers at once what it has put aside when the worker stops', async () => {
    const held = heldJobs();
    const worker = await platform.worker([limited(held.run, 1)]);
    await submit('limited', 8);
    await eventually(() => held.running() === 1);
    await worker.close({ graceMs: 0 });
    const [{ owed = 0 } = {}] = await platform.query<{ owed: number }>(
      `select count(*)::int as owed from cloudtask.job_states where status = 'PENDING' and not hinted`,
    );
    expect(owed).toBeGreaterThanOrEqual(7);
  });

  it('counts a job once that one claim asked for twice', async () => {
    const held = heldJobs();
    await platform.worker([limited(held.run)]);
    const twice = await platform.submit('limited', null, { hinted: false });
    await platform.hint('limited', [twice, twice]);
    await eventually(() => held.running() === 1);
    held.letGo();
    await platform.finished(twice);
    await submit('limited', 4);
    await eventually(() => held.running() === 2, { describe: () => held.running() });
  });

  it('runs the jobs of each queue in turn', async () => {
    const held = heldJobs();
    await platform.worker([limited(held.run, 1)], { queues: ['default:3', 'mail:3'] });
    const busy = await submit('limited', 30);
    await eventually(() => held.running() === 1);
    const other = await submit('limited', 1, 'mail');
    await eventually(
      () => {
        held.letGo();
        return held.order.includes(other[0] ?? '');
      },
      { timeoutMs: 14_000, describe: () => held.order.length },
    );
    expect(held.order.length).toBeLessThan(busy.length);
  });

  it('counts on after a failure, and after a hint that names another type than its job has', async () => {
    let running = 0;
    let most = 0;
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      throw new Error('always');
    };
    await platform.worker([limited(run, 1), quick]);
    const wrong = await platform.submit('quick', null, { hinted: false });
    await platform.hint('limited', [wrong]);
    await platform.finished(wrong);
    const [other = ''] = await platform.submitMany('limited', [0], { maxAttempts: 1, queue: 'nobodys' });
    await platform.hint('quick', [other]);
    await platform.finished(other);
    const ids = await platform.submitMany('limited', [1, 2, 3, 4], { maxAttempts: 1 });
    await Promise.all(ids.map((id) => platform.finished(id)));
    expect(most).toBe(1);
  });
});

it.each([0, 1.5, -1, 20_000, '2'])('a handler is refused with the concurrency %j', (concurrency) => {
  expect(() => limited(() => null, concurrency as number)).toThrow(
    /concurrency of the handler of "limited" is .*: use a whole number/,
  );
});
