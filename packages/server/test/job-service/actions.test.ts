import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  worker = await standInWorker(api.database);
  token = (await api.register()).token;
});
afterAll(() => api.close());

const act = (id: string, action: 'cancel' | 'retry', body?: unknown) =>
  api.call<Job>('POST', `/jobs/${id}/${action}`, { token, ...(body !== undefined && { body }) });

async function failed(): Promise<string> {
  const { id } = await api.submit(token, { type: 'test', maxAttempts: 1 });
  const claimed = await worker.claim(id);
  await worker.settle(claimed, {
    kind: 'failed',
    reason: 'ERROR',
    name: 'Error',
    message: 'no',
    retryable: true,
    retryDelayMs: 0,
  });
  return id;
}

describe('cancelling', () => {
  it('ends a waiting job at once, and again changes nothing', async () => {
    const { id } = await api.submit(token);
    const first = await act(id, 'cancel', { reason: 'wrong bucket' });
    expect([first.status, first.body.status]).toEqual([200, 'CANCELLED']);
    const again = await act(id, 'cancel');
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  it('ends a job that is not due yet', async () => {
    const { id } = await api.submit(token, { type: 'test', delay: '1h' });
    expect((await act(id, 'cancel')).body).toMatchObject({ status: 'CANCELLED', nextAttemptAt: null });
  });

  it('asks a running job to stop, and rings its worker', async () => {
    const rung: string[] = [];
    const listener = await api.signals.listen('cancels', (notes) => rung.push(...notes.map(({ id }) => id)));
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    const answer = await act(id, 'cancel', { reason: 'stop' });
    expect([answer.status, answer.body.status]).toEqual([202, 'RUNNING']);
    expect(answer.body.cancelRequestedAt).not.toBeNull();
    await expect.poll(() => rung).toContain(id);
    await listener.close();
    await worker.settle(claimed, { kind: 'completed', result: 'I was faster' });
    const done = (await api.call<Job>('GET', `/jobs/${id}`, { token })).body;
    expect(done).toMatchObject({ status: 'COMPLETED', result: 'I was faster', cancelRequestedAt: expect.any(String) });
  });

  it('says so when the job has ended otherwise', async () => {
    const { id } = await api.submit(token);
    await worker.complete(id);
    const answer = await act(id, 'cancel');
    expect([answer.status, problemOf(answer).code]).toEqual([409, 'JOB_FINISHED']);
  });

  it.each([{ reason: 7 }, { reason: 'x'.repeat(501) }, { reason: 'a\u0000' }, { why: 'x' }, []])(
    'refuses the body %j',
    async (body) => {
      const { id } = await api.submit(token);
      expect((await act(id, 'cancel', body)).status).toBe(400);
    },
  );
});

describe('retrying', () => {
  it('makes a failed job wait again, with as many attempts again', async () => {
    const id = await failed();
    const answer = await act(id, 'retry');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'PENDING', reason: null, error: null, attempt: 1, maxAttempts: 2 });
    await worker.complete(id);
    expect((await api.call<Job>('GET', `/jobs/${id}`, { token })).body).toMatchObject({
      status: 'COMPLETED',
      attempt: 2,
    });
  });

  it('makes a cancelled job wait again', async () => {
    const { id } = await api.submit(token);
    await act(id, 'cancel');
    expect((await act(id, 'retry')).body.status).toBe('PENDING');
  });

  it.each([
    ['waits', async () => (await api.submit(token)).id, 'JOB_NOT_FINISHED'],
    [
      'completed',
      async () => {
        const { id } = await api.submit(token);
        await worker.complete(id);
        return id;
      },
      'JOB_COMPLETED',
    ],
  ])('refuses one that %s', async (_what, make, code) => {
    const answer = await act(await make(), 'retry');
    expect([answer.status, problemOf(answer).code]).toEqual([409, code]);
  });

  it('with another payload runs it with that one', async () => {
    const id = await failed();
    expect((await act(id, 'retry', { payload: { to: 'right' } })).body.payload).toEqual({ to: 'right' });
    expect((await worker.claim(id)).payload).toEqual({ to: 'right' });
  });

  it('with the payload null runs it with null, and with none with its own', async () => {
    expect((await act(await failed(), 'retry', { payload: null })).body.payload).toBeNull();
    const { id } = await api.submit(token, { type: 'test', payload: 'own' });
    await act(id, 'cancel');
    expect((await act(id, 'retry', {})).body.payload).toBe('own');
  });

  it.each([
    [{ payload: 'x'.repeat(300_000) }, 413, 'PAYLOAD_TOO_LARGE'],
    [{ payload: ['a\u0000'] }, 422, 'UNSTORABLE_VALUE'],
    [{ payload: 1, more: 1 }, 400, 'VALIDATION_FAILED'],
  ])('refuses a body that a submit would refuse', async (body, status, code) => {
    const id = await failed();
    const answer = await act(id, 'retry', body);
    expect([answer.status, problemOf(answer).code]).toEqual([status, code]);
    expect((await api.call<Job>('GET', `/jobs/${id}`, { token })).body.status).toBe('FAILED');
  });

  it('is refused while another job has its unique key', async () => {
    const unique = { key: 'one at a time' };
    const { id } = await api.submit(token, { type: 'test', unique });
    await act(id, 'cancel');
    await api.submit(token, { type: 'test', unique });
    const answer = await act(id, 'retry');
    expect([answer.status, problemOf(answer).code]).toEqual([409, 'UNIQUE_CONFLICT']);
  });

  it('of many at once makes one new life', async () => {
    const id = await failed();
    const answers = await Promise.all([1, 2, 3, 4].map(() => act(id, 'retry')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });
});
