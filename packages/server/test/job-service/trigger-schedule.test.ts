import { jobsCreatedCounter } from '@cloudtask/core/jobs-created-counter';
import type { Job } from '@cloudtask/sdk/contract';
import type { Schedule, ScheduleDetails } from '@cloudtask/sdk/schedules-contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
});
beforeEach(async () => {
  token = (await api.register()).token;
});
afterAll(() => api.close());

const call = <Body = Schedule>(method: string, url: string, body?: unknown) =>
  api.call<Body>(method, url, { token, ...(body !== undefined && { body }) });

async function make(body: object = {}): Promise<Schedule> {
  const answer = await call('POST', '/schedules', { name: 'nightly', type: 'report', cron: '0 2 * * *', ...body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}

describe('POST /schedules/{id}/trigger', () => {
  it('makes a job now, beside the slots', async () => {
    const before = await make({ payload: { n: 1 }, priority: 8 });
    const answer = await call<Job>('POST', '/schedules/nightly/trigger');
    expect([answer.status, answer.headers['location']]).toEqual([201, `/jobs/${answer.body.id}`]);
    const { scheduledFor } = answer.body;
    expect(answer.body).toMatchObject({
      type: 'report',
      payload: { n: 1 },
      priority: 8,
      status: 'PENDING',
      scheduleId: before.id,
    });
    expect(Math.abs(Date.parse(scheduledFor ?? '') - Date.now())).toBeLessThan(10_000);
    const after = (await call<ScheduleDetails>('GET', '/schedules/nightly')).body;
    expect(after).toMatchObject({ nextAt: before.nextAt, firedSlot: null, lastJobId: answer.body.id, recentSlots: [] });
  });

  it.each(['skip', 'queue'] as const)('is refused while the last job has not ended, with `%s`', async (onOverlap) => {
    await make({ onOverlap });
    const { id } = (await call<Job>('POST', '/schedules/nightly/trigger')).body;
    const refused = await call('POST', '/schedules/nightly/trigger');
    expect([refused.status, problemOf(refused).code]).toEqual([409, 'SCHEDULE_OVERLAP']);
    expect(problemOf(refused).detail).toContain(id);
    await call('POST', `/jobs/${id}/cancel`);
    expect((await call('POST', '/schedules/nightly/trigger')).status).toBe(201);
  });

  it('cancels the last job with `cancel`, and runs beside it with `allow`', async () => {
    await make({ onOverlap: 'cancel' });
    const first = (await call<Job>('POST', '/schedules/nightly/trigger')).body;
    const second = (await call<Job>('POST', '/schedules/nightly/trigger')).body;
    expect((await call<Job>('GET', `/jobs/${first.id}`)).body.status).toBe('CANCELLED');
    await call('PATCH', '/schedules/nightly', { onOverlap: 'allow' });
    expect((await call('POST', '/schedules/nightly/trigger')).status).toBe(201);
    expect((await call<Job>('GET', `/jobs/${second.id}`)).body.status).toBe('PENDING');
  });

  it('is refused, and changes nothing, when the job would be', async () => {
    const before = await make({ unique: { key: 'one', onConflict: 'reject' }, onOverlap: 'allow' });
    const { id } = (await call<Job>('POST', '/schedules/nightly/trigger')).body;
    const refused = await call('POST', '/schedules/nightly/trigger');
    expect([refused.status, problemOf(refused).code]).toEqual([409, 'UNIQUE_CONFLICT']);
    expect((await call('GET', '/schedules/nightly')).body).toMatchObject({ lastJobId: id, nextAt: before.nextAt });
  });

  it('answers the job that has its unique key as a submit does, and cancels nothing for it', async () => {
    await make({ unique: { key: 'one', until: 'started' }, onOverlap: 'cancel' });
    const last = (await call<Job>('POST', '/schedules/nightly/trigger')).body;
    await call('PATCH', '/schedules/nightly', { unique: { key: 'two', until: 'started' } });
    const holder = (await call<Job>('POST', '/jobs', { type: 'report', unique: { key: 'two' } })).body;
    const key = { 'idempotency-key': 'k' };
    for (const replayed of [undefined, 'true']) {
      const answer = await api.call<Job>('POST', '/schedules/nightly/trigger', { token, headers: key });
      const { location, ...headers } = answer.headers;
      expect([answer.status, answer.body.id, location]).toEqual([200, holder.id, `/jobs/${holder.id}`]);
      expect([headers['unique-conflict'], headers['idempotency-replayed']]).toEqual(['true', replayed]);
    }
    expect((await call<Job>('GET', `/jobs/${last.id}`)).body.status).toBe('PENDING');
    expect((await call('GET', '/schedules/nightly')).body.lastJobId).toBe(last.id);
  });

  it('with an idempotency key makes one job, also while that has not ended and after a change', async () => {
    await make();
    await make({ name: 'other' });
    const trigger = (name: string) =>
      api.call<Job>('POST', `/schedules/${name}/trigger`, { token, headers: { 'idempotency-key': 'once' } });
    const first = await trigger('nightly');
    await call('PATCH', '/schedules/nightly', { payload: 2, name: 'renamed' });
    const again = await trigger('renamed');
    expect([again.status, again.body.id, again.headers['idempotency-replayed']]).toEqual([201, first.body.id, 'true']);
    expect(problemOf(await trigger('other')).code).toBe('IDEMPOTENCY_KEY_REUSED');
    const submit = { token, headers: { 'idempotency-key': 'once' }, body: { type: 'report' } };
    expect(problemOf(await api.call('POST', '/jobs', submit)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('counts its job as created', async () => {
    const created = async () =>
      (await jobsCreatedCounter(api.registry).get()).values.reduce((sum, { value }) => sum + value, 0);
    await make();
    const before = await created();
    await call('POST', '/schedules/nightly/trigger');
    expect(await created()).toBe(before + 1);
  });

  it('is heard by whoever watches, and run like any job', async () => {
    const worker = await standInWorker(api.database);
    await make();
    const { id } = (await call<Job>('POST', '/schedules/nightly/trigger')).body;
    const waiting = call<Job>('GET', `/jobs/${id}?wait=20s`);
    await worker.complete(id);
    expect((await waiting).body.status).toBe('COMPLETED');
  });
});
