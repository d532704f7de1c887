import { lanesOf } from '@cloudtask/core/protocol/live-workers';
import { pauseQueue, resumeQueue } from '@cloudtask/core/protocol/queue-pauses';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { describeQueues } from '../src/queue-slots.ts';
import { oneDatabase } from './support/one-database.ts';
import { TestPlatform } from './support/test-platform.ts';

describe('the queues of a worker', () => {
  it.each([
    [['default'], [{ queues: ['default'], slots: 10 }]],
    [['default', 'mail'], [{ queues: ['default', 'mail'], slots: 10 }]],
    [
      ['default', 'mail:3', 'report', 'audit:2'],
      [
        { queues: ['default', 'report'], slots: 10 },
        { queues: ['mail'], slots: 3 },
        { queues: ['audit'], slots: 2 },
      ],
    ],
    [['mail:3'], [{ queues: ['mail'], slots: 3 }]],
  ])('%j are lanes', (queues, lanes) => {
    expect(lanesOf(describeQueues({ queues, concurrency: 10 }))).toEqual(lanes);
  });
});

describe('a worker with lanes', () => {
  const database = oneDatabase();
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await TestPlatform.on(database());
    await platform.settleReports();
  });
  afterEach(() => platform.leave());

  /** A handler whose jobs run until they are let go or told to stop, and what runs of each queue. */
  function heldJobs() {
    const held = new Set<{ queue: string; letGo(): void }>();
    const starts: string[][] = [];
    const ofQueue = (queue?: string) => [...held].filter((each) => queue === undefined || each.queue === queue);
    const run: Handler['run'] = (_, { job: { queue }, signal }) =>
      new Promise((resolve, reject) => {
        const own = { queue, letGo: () => held.delete(own) && resolve(queue) };
        signal.addEventListener('abort', () => held.delete(own) && reject(signal.reason));
        held.add(own);
        starts.push(Array.from(held, (each) => each.queue));
      });
    return {
      run,
      /** Of which queues jobs were running, at each start of one. */
      starts,
      running: (queue?: string) => ofQueue(queue).length,
      letGo: (queue?: string) => ofQueue(queue)[0]?.letGo(),
    };
  }

  /** One message per job: what finds no slot goes back to the queue and comes again. */
  const submit = (count: number, queue: string, type = 'held') =>
    platform.submitMany(type, new Array(count).fill(null), { queue, chunk: 1 });
  const allFinished = (ids: readonly string[]) => Promise.all(ids.map((id) => platform.finished(id, 14_000)));

  it('runs the jobs of each queue while all slots of the other lanes are taken', async () => {
    const { run, running, letGo } = heldJobs();
    const worker = await platform.worker(
      { held: run, quick: () => 1 },
      { queues: ['default', 'mail:2'], concurrency: 1 },
    );
    const mails = await submit(5, 'mail');
    await eventually(() => running('mail') === 2);
    await allFinished(await submit(3, 'default', 'quick'));
    expect([running('mail'), worker.busy]).toEqual([2, 2]);
    const [other = ''] = await submit(1, 'default');
    await eventually(() => running('default') === 1);
    await eventually(async () => {
      letGo('mail');
      return (await platform.count('COMPLETED')) === mails.length + 3;
    });
    expect((await platform.job(other)).status).toBe('RUNNING');
  });

  it('never runs more jobs of a lane than it has slots, and uses them all', async () => {
    const { run, letGo, starts } = heldJobs();
    const queues = ['default', 'report', 'mail:2', 'audit:1'];
    const worker = await platform.worker({ held: run }, { queues, concurrency: 3 });
    const ids: string[] = [];
    for (const queue of ['default', 'report', 'mail', 'audit']) ids.push(...(await submit(8, queue)));
    await eventually(async () => {
      if (worker.busy === 6) for (const queue of ['default', 'report', 'mail', 'audit']) letGo(queue);
      else if (ids.length - (await platform.count('COMPLETED')) < 12) letGo();
      return (await platform.count('COMPLETED')) === ids.length;
    });
    const most = (...lane: string[]) =>
      Math.max(...starts.map((queues) => queues.filter((queue) => lane.includes(queue)).length));
    expect([most('default', 'report'), most('mail'), most('audit')]).toEqual([3, 2, 1]);
  });

  it('runs all but the paused queue, and that one again when it is resumed, in all of its slots', async () => {
    const { run, running, letGo } = heldJobs();
    const { database } = platform.parts;
    await platform.worker({ held: run, quick: () => 1 }, { queues: ['default', 'mail:2', 'audit:1'], concurrency: 1 });
    const [before = ''] = await submit(1, 'mail');
    await eventually(() => running('mail') === 1);
    await pauseQueue(database, { queue: 'mail', reason: null, forMs: null, pausedBy: 'ada@example.com' });
    const waiting = await submit(3, 'mail');
    // Refused by the claim, and owed again.
    await eventually(async () =>
      (await Promise.all(waiting.map((id) => platform.job(id)))).every((job) => !job.hinted),
    );
    await allFinished([...(await submit(3, 'default', 'quick')), ...(await submit(3, 'audit', 'quick'))]);
    expect((await platform.job(before)).status).toBe('RUNNING');
    letGo('mail');
    expect(await platform.finished(before)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    expect(running('mail')).toBe(0);
    await resumeQueue(database, 'mail');
    for (const id of waiting) await platform.hint('held', [id], 'mail');
    await eventually(() => running('mail') === 2);
    await eventually(async () => {
      letGo('mail');
      return (await platform.count('COMPLETED')) === 10;
    });
  });

  it('gives back what runs in every lane when it stops', async () => {
    const { run, running } = heldJobs();
    const worker = await platform.worker({ held: run }, { queues: ['default', 'mail:1'], concurrency: 1 });
    const ids = [...(await submit(1, 'default')), ...(await submit(1, 'mail'))];
    await eventually(() => running() === 2);
    await worker.close({ graceMs: 0 });
    for (const id of ids) expect(await platform.job(id)).toMatchObject({ status: 'PENDING', failures: 0, losses: 0 });
  });
});
