import { pauseQueue, resumeQueue } from '@cloudtask/core/protocol/queue-pauses';
import { expect, it } from 'vitest';
import type { Rules } from '../platform.conformance.ts';

export const queueRules: Rules = (services) => {
  it('what waits is run by priority, and in the order of submission within one', async () => {
    const order: unknown[] = [];
    const ids: string[] = [];
    for (const [n, priority] of [1, 9, 5, 0, 7, 5].entries()) {
      const job = await services().submit({ type: 'ranked', payload: `${priority}-${n}`, priority });
      ids.push(job.id);
    }
    await services().worker({ ranked: (name) => order.push(name) }, { slots: 1 });
    for (const id of ids) await services().jobWhen(id, 'COMPLETED');
    expect(order).toEqual(['9-1', '7-4', '5-2', '5-5', '1-0', '0-3']);
  });

  it('a queue is run by its own workers only', async () => {
    const ran: string[] = [];
    const note = (where: string) => ({
      post: (name: unknown) => {
        ran.push(`${name} by ${where}`);
        return where;
      },
    });
    await services().worker(note('default'));
    const waiting = await services().submit({ type: 'post', payload: 'letter', queue: 'mail' });
    const other = await services().submit({ type: 'post', payload: 'card' });
    await services().jobWhen(other.id, 'COMPLETED');
    expect(await services().job(waiting.id)).toMatchObject({ status: 'PENDING', queue: 'mail' });
    await services().worker(note('mail'), { queue: 'mail' });
    await services().jobWhen(waiting.id, 'COMPLETED');
    expect(ran).toEqual(['card by default', 'letter by mail']);
  });

  it('a paused queue runs nothing, and goes on soon after it is resumed', async () => {
    const { database, broker } = services().platform;
    const started: unknown[] = [];
    await services().worker({ post: (name) => started.push(name) }, { queues: ['default', 'paused'] });
    await pauseQueue(database, { queue: 'paused', reason: 'outage', forMs: null, pausedBy: 'ada' });
    const waiting = await services().submit({ type: 'post', payload: 'letter', queue: 'paused' });
    const other = await services().submit({ type: 'post', payload: 'card' });
    await services().jobWhen(other.id, 'COMPLETED');
    expect(await services().job(waiting.id)).toMatchObject({ status: 'PENDING' });
    expect(started).toEqual(['card']);
    expect((await broker.depth('jobs.created.paused')).ready).toBe(0);
    await resumeQueue(database, 'paused');
    await services().jobWhen(waiting.id, 'COMPLETED');
  });

  it('a queue with slots of its own is served while all others are taken', async () => {
    const { promise: full, resolve: release } = Promise.withResolvers<string>();
    const worker = await services().worker(
      { long: () => full, letter: () => 'sent' },
      { queues: ['default', 'own:1'], slots: 2 },
    );
    const long = [];
    for (let n = 0; n < 4; n += 1) long.push(await services().submit({ type: 'long' }));
    await expect.poll(() => worker.busy).toBe(2);
    for (let n = 0; n < 3; n += 1) {
      const { id } = await services().submit({ type: 'letter', queue: 'own' });
      await services().jobWhen(id, 'COMPLETED');
    }
    expect(worker.busy).toBe(2);
    release('done');
    for (const { id } of long) await services().jobWhen(id, 'COMPLETED');
  });
};
