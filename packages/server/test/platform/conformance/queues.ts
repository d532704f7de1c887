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
};
