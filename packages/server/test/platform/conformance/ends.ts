import type { Job } from '@cloudtask/sdk/contract';
import { FatalError } from '@cloudtask/sdk/handler-errors';
import { expect, it } from 'vitest';
import type { Run, Services } from '../open-services.ts';
import type { Rules } from '../platform.conformance.ts';

const quickly = { backoff: { kind: 'fixed', delay: 50 } } as const;

/** Runs until it is told to stop. */
export const untilAborted: Run = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

export const cancel = (services: Services, id: string) => services.call<Job>('POST', `/jobs/${id}/cancel`);

export const endRules: Rules = (services) => {
  it('a job that failed is tried again, and its success is what counts', async () => {
    await services().worker({
      flaky: (_, { attempt }) => {
        if (attempt < 3) throw new Error(`attempt ${attempt}`);
        return attempt;
      },
    });
    const { id } = await services().submit({ type: 'flaky', ...quickly });
    expect(await services().jobWhen(id, 'COMPLETED', 'FAILED')).toMatchObject({
      status: 'COMPLETED',
      result: 3,
      attempt: 3,
      error: null,
    });
  });

  it('a job that always fails is started as often as it may be, and no more', async () => {
    let starts = 0;
    await services().worker({
      hopeless: () => {
        starts += 1;
        throw new Error('no luck');
      },
    });
    const { id } = await services().submit({ type: 'hopeless', maxAttempts: 3, ...quickly });
    expect(await services().jobWhen(id, 'FAILED')).toMatchObject({
      reason: 'ERROR',
      attempt: 3,
      maxAttempts: 3,
      error: { message: 'no luck', attempt: 3 },
    });
    expect(starts).toBe(3);
    const retried = await services().call<Job>('POST', `/jobs/${id}/retry`);
    expect(retried).toMatchObject({ status: 200, body: { status: 'PENDING', error: null } });
    await services().jobWhen(id, 'FAILED');
    expect(starts).toBe(6);
  });

  it('a FatalError ends a job at once', async () => {
    let starts = 0;
    await services().worker({
      fatal: () => {
        starts += 1;
        throw new FatalError('never', { code: 'NEVER' });
      },
    });
    const { id } = await services().submit({ type: 'fatal', ...quickly });
    expect(await services().jobWhen(id, 'FAILED')).toMatchObject({
      reason: 'NON_RETRYABLE',
      attempt: 1,
      error: { code: 'NEVER', retryable: false },
    });
    expect(starts).toBe(1);
  });

  it('an attempt that takes longer than its timeout fails', async () => {
    await services().worker({ slow: untilAborted });
    const { id } = await services().submit({ type: 'slow', timeout: 150, maxAttempts: 2, ...quickly });
    expect(await services().jobWhen(id, 'FAILED')).toMatchObject({ reason: 'TIMEOUT', attempt: 2 });
  });

  it('a job that waits is cancelled and never starts', async () => {
    let starts = 0;
    const [pending, scheduled] = [
      await services().submit({ type: 'cancelled' }),
      await services().submit({ type: 'cancelled', delay: 300 }),
    ];
    for (const { id } of [pending, scheduled]) {
      expect(await cancel(services(), id)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    }
    await services().worker({ cancelled: () => ++starts });
    // Longer than the delay, and than the dispatcher needs.
    const later = await services().submit({ type: 'cancelled', delay: 700 });
    await services().jobWhen(later.id, 'COMPLETED');
    expect(starts).toBe(1);
    expect(await services().job(pending.id)).toMatchObject({ status: 'CANCELLED', startedAt: null });
  });

  it('a job that runs is told to stop', async () => {
    await services().worker({ endless: untilAborted });
    const { id } = await services().submit({ type: 'endless' });
    await services().jobWhen(id, 'RUNNING');
    const asked = await cancel(services(), id);
    expect(asked.body.cancelRequestedAt).not.toBeNull();
    expect(await services().jobWhen(id, 'CANCELLED')).toMatchObject({ result: null, reason: null });
  });
};
