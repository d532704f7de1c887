import type { Job } from '@cloudtask/sdk/contract';
import { Snooze } from '@cloudtask/sdk/handler-errors';
import { expect, it } from 'vitest';
import type { Rules } from '../platform.conformance.ts';
import { cancel, untilAborted } from './ends.ts';

const at = (time: string | null) => Date.parse(time ?? '');

export const timeRules: Rules = (services) => {
  it('a delayed job starts when it is due, and soon after', async () => {
    await services().worker({ delayed: () => 'in time' });
    const { id, status } = await services().submit({ type: 'delayed', delay: 600 });
    expect(status).toBe('SCHEDULED');
    const job = await services().jobWhen(id, 'COMPLETED');
    expectSoonAfter(job, at(job.createdAt) + 600);
  });

  it('a job with a time starts at that time', async () => {
    await services().worker({ timed: () => 'in time' });
    const runAt = new Date(Date.now() + 700).toISOString();
    const { id, ...submitted } = await services().submit({ type: 'timed', runAt });
    expect(submitted).toMatchObject({ status: 'SCHEDULED', runAt });
    expectSoonAfter(await services().jobWhen(id, 'COMPLETED'), at(runAt));
  });

  it('a time that has passed is now', async () => {
    await services().worker({ past: () => 'at once' });
    const { id, status } = await services().submit({ type: 'past', runAt: '2020-01-01T00:00:00Z' });
    expect(status).toBe('PENDING');
    await services().jobWhen(id, 'COMPLETED');
  });

  it('a job that does not start within its time to live expires, and is not run later', async () => {
    let starts = 0;
    const { id } = await services().submit({ type: 'perishable', ttl: 200 });
    await services().jobWhen(id, 'EXPIRED');
    await services().worker({ perishable: () => ++starts });
    const fresh = await services().submit({ type: 'perishable' });
    await services().jobWhen(fresh.id, 'COMPLETED');
    expect(await services().job(id)).toMatchObject({ status: 'EXPIRED', startedAt: null });
    expect(starts).toBe(1);
  });

  it('a job that has started in time does not expire', async () => {
    await services().worker({ lasting: untilAborted, clockwork: () => 'later' });
    const { id } = await services().submit({ type: 'lasting', ttl: 1_500 });
    await services().jobWhen(id, 'RUNNING');
    const later = await services().submit({ type: 'clockwork', delay: 1_800 });
    await services().jobWhen(later.id, 'COMPLETED');
    expect((await services().job(id)).status).toBe('RUNNING');
    await cancel(services(), id);
    await services().jobWhen(id, 'CANCELLED');
  });

  it('a handler that snoozes is run again later, at no cost', async () => {
    let starts = 0;
    await services().worker({
      sleepy: (_, { attempt }) => {
        starts += 1;
        if (starts === 1) throw new Snooze(500);
        return attempt;
      },
    });
    const { id } = await services().submit({ type: 'sleepy', maxAttempts: 1 });
    expect(await services().jobWhen(id, 'SCHEDULED')).toMatchObject({ error: null });
    expect(await services().jobWhen(id, 'COMPLETED', 'FAILED')).toMatchObject({ status: 'COMPLETED', result: 1 });
    expect(starts).toBe(2);
  });

  /** Never before it is due; afterwards a busy machine may take its time. */
  function expectSoonAfter(job: Job, dueAt: number): void {
    expect(at(job.startedAt)).toBeGreaterThanOrEqual(dueAt);
    expect(at(job.startedAt)).toBeLessThan(dueAt + 2_500);
  }
};
