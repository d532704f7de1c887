import { rescueJobsOf } from '@cloudtask/core/protocol/rescue';
import { expect, it } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.ts';
import type { Rules } from '../platform.conformance.ts';
import { untilAborted } from './ends.ts';

export const workerRules: Rules = (services) => {
  it('a worker that stops gives its job back at no cost', async () => {
    const first = await services().worker({ held: untilAborted });
    const { id } = await services().submit({ type: 'held', maxAttempts: 2 });
    await services().jobWhen(id, 'RUNNING');
    await first.close({ graceMs: 0 });
    expect(await services().job(id)).toMatchObject({ status: 'PENDING', error: null });
    await services().worker({ held: (_, { attempt }) => attempt });
    expect(await services().jobWhen(id, 'COMPLETED', 'FAILED')).toMatchObject({ status: 'COMPLETED', result: 1 });
  });

  it('a worker that stops lets a job end within its grace', async () => {
    const worker = await services().worker({ brief: (_, context) => context.sleep(300).then(() => 'ended') });
    const { id } = await services().submit({ type: 'brief' });
    await services().jobWhen(id, 'RUNNING');
    await worker.close({ graceMs: 5_000 });
    expect(await services().job(id)).toMatchObject({ status: 'COMPLETED', result: 'ended', attempt: 1 });
  });

  it('with maxAttempts 1 a job that was begun is not begun again', async () => {
    const worker = await services().worker({ single: untilAborted });
    const { id } = await services().submit({ type: 'single', maxAttempts: 1 });
    await services().jobWhen(id, 'RUNNING');
    await worker.close({ graceMs: 0 });
    expect(await services().job(id)).toMatchObject({ status: 'FAILED', reason: 'INTERRUPTED' });
  });

  it('the job of a worker that was given up runs elsewhere, and what the first one says late changes nothing', async () => {
    let end = (_: string) => {};
    const ending = new Promise<string>((resolve) => {
      end = resolve;
    });
    // Without a slot left it cannot take the job again before it learns that it was given up.
    const slow = await services().worker({ given: () => ending }, { slots: 1 });
    const { id } = await services().submit({ type: 'given' });
    await services().jobWhen(id, 'RUNNING');
    await rescueJobsOf(services().platform.database, slow.id ?? 0);
    await services().worker({ given: () => 'from the second' });
    const job = await services().jobWhen(id, 'COMPLETED');
    expect(job).toMatchObject({ result: 'from the second', attempt: 2 });
    end('from the first');
    await eventually(() => slow.busy === 0);
    // Closing waits until what it has to say is settled, or seen to be somebody else's.
    await slow.close({ graceMs: 0 });
    expect(await services().job(id)).toEqual(job);
  });
};
