import { setWorkerState, type WorkerRegistration } from '@cloudtask/core/protocol/workers';
import type { Explanation, SubmitJob, WorkerDetails, WorkerInfo } from '@cloudtask/sdk/contract';
import { describe, expect, it } from 'vitest';
import { passTime } from '../../../core/test/protocol/protocol-tables.ts';
import { problemOf, type TestApi } from './api.ts';

/** An API whose numbers operators look at, and what makes them. */
export interface OperatorsView {
  api(): TestApi;
  /** Tokens of an operator, and of the user whose jobs there are. */
  operator(): string;
  user(): string;
  read<Body>(url: string, token?: string): Promise<Body>;
  submit(job: SubmitJob): Promise<string>;
  submitMany(count: number, job: SubmitJob): Promise<string[]>;
  register(worker?: Partial<WorkerRegistration>): Promise<number>;
  /** Claims jobs that wait, and says so as the worker's heartbeat does. */
  run(workerId: number, ids: readonly string[]): Promise<void>;
}

/** One worker: what it runs, and its draining. */
export function oneWorkerConformance(view: OperatorsView): void {
  const { api, operator, user, read, submit, submitMany, register, run } = view;

  describe('GET /workers/{id}', () => {
    it('shows what the worker runs now, those that run longest first, and nothing of others', async () => {
      const ids = await submitMany(3, { type: 'mail', queue: 'letters' });
      const worker = await register({ queues: ['default', 'letters'], slots: 5, queueSlots: [0, 2], pid: 42 });
      await run(worker, ids.slice(0, 1));
      await passTime(api().database, 1_000);
      await run(worker, ids.slice(1, 2));
      await run(await register(), ids.slice(2));
      const shown = await read<WorkerDetails>(`/workers/${worker}`);
      expect(shown).toMatchObject({
        id: worker,
        pid: 42,
        endedAt: null,
        lanes: [
          { queues: ['default'], slots: 5 },
          { queues: ['letters'], slots: 2 },
        ],
        running: ids.slice(0, 2).map((id) => ({ id, type: 'mail', queue: 'letters', attempt: 1 })),
      });
      const [first, second] = shown.running.map(({ startedAt }) => Date.parse(startedAt));
      expect((second ?? 0) - (first ?? 0)).toBe(1_000);
    });

    it('is 404 for what is no worker, whatever it looks like', async () => {
      for (const id of ['4711', '99999999999', 'web-1', '1.5', '-1']) {
        const answer = await api().call('GET', `/workers/${id}`, { token: operator() });
        expect([id, answer.status, problemOf(answer).code]).toEqual([id, 404, 'WORKER_NOT_FOUND']);
      }
    });
  });

  describe('POST /workers/{id}/drain', () => {
    const drain = (id: number, body?: object) =>
      api().call<WorkerInfo>('POST', `/workers/${id}/drain`, { token: operator(), ...(body && { body }) });

    it('shows the worker as draining at once, by whom and why, and counts on it no more', async () => {
      const [worker, other] = [await register({ name: 'web-1' }), await register({ name: 'web-2' })];
      const { status, body } = await drain(worker, { reason: 'kernel update' });
      const { email } = await read<{ email: string }>('/auth/me');
      expect([status, body]).toMatchObject([
        200,
        { id: worker, state: 'draining', drain: { reason: 'kernel update', requestedBy: email } },
      ]);
      expect(await read('/workers')).toMatchObject([{ id: other, state: 'live', drain: null }, body]);
      expect(await read('/stats')).toMatchObject({ workers: { live: 1 } });
      expect(await read('/queues')).toMatchObject([{ name: 'default', workers: 1, slots: 4 }]);
    });

    it('is no worker online for a job that waits', async () => {
      const id = await submit({ type: 'mail' });
      const worker = await register();
      const explain = () => read<Explanation>(`/jobs/${id}/explain`, user());
      expect((await explain()).checks).toContainEqual(expect.objectContaining({ code: 'NO_WORKER', ok: true }));
      await drain(worker);
      expect(await explain()).toMatchObject({ verdict: 'blocked', summary: 'No worker is online.' });
    });

    it('may be repeated, and keeps who was first, the reason and what became of it', async () => {
      const worker = await register();
      const first = await drain(worker, { reason: 'kernel update' });
      expect((await drain(worker)).body).toEqual(first.body);
      await setWorkerState(api().database, worker, 'stopping');
      expect((await drain(worker)).body.state).toBe('draining');
      await setWorkerState(api().database, worker, 'stopped');
      expect(await read(`/workers/${worker}`)).toMatchObject({ state: 'stopped', drain: first.body.drain });
    });

    it('is 404 for a worker that has ended, and says so', async () => {
      const worker = await register({ name: 'web-1' });
      await setWorkerState(api().database, worker, 'stopped');
      const answer = await drain(worker);
      expect([answer.status, problemOf(answer).detail]).toEqual([
        404,
        `The worker "${worker}" (web-1) has ended: it is stopped.`,
      ]);
      expect((await drain(worker + 1)).status).toBe(404);
    });

    it('refuses a reason that cannot be stored', async () => {
      const worker = await register();
      for (const reason of ['x'.repeat(501), 'a\0b', 7]) expect((await drain(worker, { reason })).status).toBe(400);
      expect(await read(`/workers/${worker}`)).toMatchObject({ state: 'live', drain: null });
    });
  });
}
