import { randomUUID } from 'node:crypto';
import type { Job } from '@cloudtask/sdk/contract';
import type { FailureCause, JobAction, JobActionPreview } from '@cloudtask/sdk/failures-contract';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FailureCauseSchema } from '../../src/job-service/schemas/failure-schema.ts';
import { JobSchema } from '../../src/job-service/schemas/job-schema.ts';
import { runActions } from '../../src/scheduler/run-actions.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  worker = await standInWorker(api.database, { types: ['a', 'b'] });
});
beforeEach(async () => {
  token = (await api.register()).token;
});
afterAll(() => api.close());

async function fail(message: string, type = 'a', by = token): Promise<string> {
  const { id } = await api.submit(by, { type });
  await settleBadly(id, message);
  return id;
}

async function settleBadly(id: string, message: string): Promise<void> {
  await worker.settle(await worker.claim(id), {
    ...{ kind: 'failed', reason: 'ERROR', name: 'Error', message },
    ...{ retryable: false, retryDelayMs: 0 },
  });
}

const causes = async (query = '') => (await api.call<FailureCause[]>('GET', `/failures${query}`, { token })).body;
const get = async (id: string) => (await api.call<Job>('GET', `/jobs/${id}`, { token })).body;
const listed = async (query: string) =>
  (await api.call<Job[]>('GET', `/jobs?order=oldest&${query}`, { token })).body.map(({ id }) => id);
const start = (body: object, by = token) => api.call<JobAction>('POST', '/jobs/actions', { token: by, body });
const preview = async (body: object) =>
  (await api.call<JobActionPreview>('POST', '/jobs/actions', { token, body: { ...body, dryRun: true } })).body;
const causeOf = async (id: string) => (await get(id)).error?.fingerprint ?? '';

const HOLDER = randomUUID();

/** Starts it, and does what the scheduler does until it has ended. */
async function act(body: object, by = token): Promise<JobAction> {
  const { id } = (await start(body, by)).body;
  for (;;) {
    const deps = { database: api.database, signals: api.signals, ageingMs: 600_000, holder: HOLDER };
    const answer = await runActions(deps);
    if (!answer || 'inMs' in answer) break;
  }
  return (await api.call<JobAction>('GET', `/jobs/actions/${id}`, { token: by })).body;
}

describe('a discarded failure', () => {
  it('leaves the list of causes, stays FAILED, and is listed among the discarded with time and reason', async () => {
    const [first, second] = [await fail('no space'), await fail('no space')];
    const other = await fail('no network');
    const before = await get(first);
    const filter = { fingerprint: await causeOf(first) };
    expect(await act({ action: 'discard', filter, reason: 'bad import' })).toMatchObject({
      ...{ action: 'discard', state: 'DONE', done: 2, skipped: 0, reason: 'bad import' },
    });

    expect((await causes()).map(({ newestJobId, count }) => [newestJobId, count])).toEqual([[other, 1]]);
    const [cause, ...others] = await causes('?discarded=true');
    expect(others).toEqual([]);
    expect(cause).toMatchObject({
      ...filter,
      count: 2,
      newestJobId: second,
      discardedAt: expect.stringMatching(/Z$/),
      discardReason: 'bad import',
    });
    const after = await get(first);
    expect(after).toEqual({ ...before, discardedAt: expect.stringMatching(/Z$/), discardReason: 'bad import' });
    expect(after.status).toBe('FAILED');
    for (const each of [cause, (await causes())[0]]) expect([...Compile(FailureCauseSchema).Errors(each)]).toEqual([]);
    expect([...Compile(JobSchema).Errors(after)]).toEqual([]);
  });

  it('may have no reason, and says null for what is not discarded', async () => {
    const id = await fail('no space');
    expect((await causes())[0]).toMatchObject({ discardedAt: null, discardReason: null });
    expect(await get(id)).toMatchObject({ discardedAt: null, discardReason: null });
    await act({ action: 'discard', filter: { all: true } });
    expect(await get(id)).toMatchObject({ discardedAt: expect.any(String), discardReason: null });
  });

  it('lets jobs that fail with its cause later be listed, as new ones', async () => {
    const old = await fail('no space');
    await act({ action: 'discard', filter: { all: true }, reason: 'old' });
    const fresh = await fail('no space');
    expect(await causes()).toMatchObject([{ count: 1, newestJobId: fresh }]);
    expect(await causes('?discarded=true')).toMatchObject([{ count: 1, newestJobId: old, discardReason: 'old' }]);
    await act({ action: 'discard', filter: { all: true }, reason: 'new' });
    expect(await get(old)).toMatchObject({ discardReason: 'old' });
    expect(await causes('?discarded=true')).toMatchObject([{ count: 2, newestJobId: fresh, discardReason: 'new' }]);
  });

  it('is found by type and time, as the others are', async () => {
    await fail('no space', 'a');
    await fail('no space', 'b');
    await act({ action: 'discard', filter: { type: 'b' } });
    expect((await causes('?discarded=true')).map(({ type }) => type)).toEqual(['b']);
    expect(await causes('?discarded=true&type=a')).toEqual([]);
    expect(await causes('?discarded=true&since=2030-01-01T00:00:00Z')).toEqual([]);
    expect((await causes('?discarded=false')).map(({ type }) => type)).toEqual(['a']);
  });

  it('is told from the others in the list of jobs', async () => {
    const [old, fresh] = [await fail('no space'), await fail('no space')];
    const { id: waits } = await api.submit(token, { type: 'a' });
    await act({ action: 'discard', filter: { ids: [old] } });
    expect(await listed('discarded=true')).toEqual([old]);
    expect(await listed('discarded=false')).toEqual([fresh, waits]);
    const cause = `fingerprint=${await causeOf(old)}`;
    expect(await listed(cause)).toEqual([old, fresh]);
    expect(await listed(`${cause}&discarded=false`)).toEqual([fresh]);
    expect(await listed(`${cause}&discarded=true`)).toEqual([old]);
  });

  it('is retried by no filter, only when it is named; and counts anew when it fails again', async () => {
    const [first, second] = [await fail('no space'), await fail('no space')];
    const fingerprint = await causeOf(first);
    await act({ action: 'discard', filter: { fingerprint }, reason: 'bad import' });
    for (const filter of [{ fingerprint }, { status: 'FAILED' }, { type: 'a' }, { all: true }]) {
      expect((await preview({ action: 'retry', filter })).matched).toBe(0);
      expect(await act({ action: 'retry', filter })).toMatchObject({ state: 'DONE', done: 0 });
    }
    expect(await act({ action: 'retry', filter: { ids: [first], fingerprint } })).toMatchObject({ done: 1 });
    expect((await api.call('POST', `/jobs/${second}/retry`, { token })).status).toBe(200);
    expect(await get(first)).toMatchObject({ status: 'PENDING', discardedAt: null, discardReason: null });
    expect(await causes('?discarded=true')).toEqual([]);
    await settleBadly(first, 'no space');
    expect(await causes()).toMatchObject([{ count: 1, newestJobId: first, discardedAt: null }]);
  });

  it('comes back by restore, and only then', async () => {
    const ids = [await fail('no space'), await fail('no space')];
    const filter = { fingerprint: await causeOf(ids[0] ?? '') };
    expect((await preview({ action: 'restore', filter })).matched).toBe(0);
    await act({ action: 'discard', filter });
    expect((await preview({ action: 'discard', filter })).matched).toBe(0);
    expect(await act({ action: 'discard', filter })).toMatchObject({ state: 'DONE', done: 0, skipped: 0 });
    expect((await preview({ action: 'restore', filter })).sample.map(({ id }) => id)).toEqual(ids);
    expect(await act({ action: 'restore', filter })).toMatchObject({ state: 'DONE', done: 2 });
    expect(await causes()).toMatchObject([{ count: 2, discardedAt: null }]);
    expect(await causes('?discarded=true')).toEqual([]);
    expect(await act({ action: 'retry', filter })).toMatchObject({ done: 2 });
  });

  it('is no job of anybody else, whatever the filter', async () => {
    const id = await fail('no space');
    const stranger = (await api.register()).token;
    for (const filter of [{ ids: [id] }, { all: true }, { fingerprint: await causeOf(id) }])
      expect(await act({ action: 'discard', filter }, stranger)).toMatchObject({ state: 'DONE', done: 0 });
    expect(await get(id)).toMatchObject({ discardedAt: null });
  });
});

describe('the actions discard and restore', () => {
  it('take several causes at once, as retries do, and no other jobs', async () => {
    const ids = [await fail('no space'), await fail('no network'), await fail('no idea')];
    const several = [await causeOf(ids[0] ?? ''), await causeOf(ids[1] ?? '')];
    const { id: waits } = await api.submit(token, { type: 'a' });
    for (const fingerprint of [several, several.join(',')])
      expect((await preview({ action: 'retry', filter: { fingerprint } })).matched).toBe(2);
    const done = await act({ action: 'discard', filter: { fingerprint: several } });
    expect(done).toMatchObject({ done: 2, filter: { fingerprint: several } });
    expect((await causes()).map(({ newestJobId }) => newestJobId)).toEqual([ids[2]]);
    expect(await listed(`fingerprint=${several.join(',')}`)).toEqual(ids.slice(0, 2));
    expect(await get(waits)).toMatchObject({ status: 'PENDING', discardedAt: null });
  });

  it('tell nobody who watches: no status has changed', async () => {
    const rung: string[] = [];
    const listener = await api.signals.listen('jobs', (notes) => rung.push(...notes.map(({ id }) => id)));
    const [discarded, retried] = [await fail('no space'), await fail('no network')];
    await act({ action: 'discard', filter: { ids: [discarded] } });
    await act({ action: 'retry', filter: { ids: [retried] } });
    await expect.poll(() => rung).toContain(retried);
    expect(rung).not.toContain(discarded);
    await listener.close();
  });

  it('are stopped, and counted among the actions of an account, like all others', async () => {
    const id = await fail('no space');
    const { id: action } = (await start({ action: 'discard', filter: { ids: [id] } })).body;
    const stopped = await api.call<JobAction>('POST', `/jobs/actions/${action}/stop`, { token });
    expect(stopped.body).toMatchObject({ action: 'discard', state: 'STOPPED', done: 0 });
    expect(await get(id)).toMatchObject({ discardedAt: null });
  });

  it.each([
    [{ action: 'discard', filter: { all: true }, canary: 1 }, '/canary'],
    [{ action: 'restore', filter: { all: true }, canary: 1 }, '/canary'],
    [{ action: 'discard', filter: { status: 'CANCELLED' } }, '/filter/status'],
    [{ action: 'discard', filter: {} }, '/filter'],
    [{ action: 'discard', filter: { all: true }, reason: 'x'.repeat(501) }, '/reason'],
    [{ action: 'discard', filter: { discarded: true } }, '/filter/discarded'],
  ])('are refused with %j', async (body, path) => {
    const answer = await start(body);
    expect([answer.status, problemOf(answer).issues[0]?.path]).toEqual([400, path]);
  });
});
