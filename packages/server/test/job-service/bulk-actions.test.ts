import { randomUUID } from 'node:crypto';
import type { Job } from '@cloudtask/sdk/contract';
import type { JobAction, JobActionPreview } from '@cloudtask/sdk/failures-contract';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobActionSchema } from '../../src/job-service/schemas/action-schema.ts';
import { runActions } from '../../src/scheduler/run-actions.ts';
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

const start = (body: object, by = token) => api.call<JobAction>('POST', '/jobs/actions', { token: by, body });
const preview = async (body: object, by = token) =>
  (await api.call<JobActionPreview>('POST', '/jobs/actions', { token: by, body: { ...body, dryRun: true } })).body;
const read = async (id: string) => (await api.call<JobAction>('GET', `/jobs/actions/${id}`, { token })).body;
const statusOf = async (id: string, by = token) =>
  (await api.call<Job>('GET', `/jobs/${id}`, { token: by })).body.status;

const HOLDER = randomUUID();

/** What the scheduler does, until it has nothing more to do now. */
async function carryOut(): Promise<void> {
  const deps = { database: api.database, signals: api.signals, ageingMs: 600_000, holder: HOLDER };
  for (;;) {
    const answer = await runActions(deps);
    if (!answer || 'inMs' in answer) return;
  }
}

async function failed(tags: string[], by = token): Promise<string> {
  const { id } = await api.submit(by, { type: 'test', tags });
  await worker.settle(await worker.claim(id), {
    kind: 'failed',
    reason: 'ERROR',
    name: 'Error',
    message: 'no luck',
    retryable: false,
    retryDelayMs: 0,
  });
  return id;
}

async function many(count: number, tag: string): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await failed([tag]));
  return ids;
}

describe('a dry run', () => {
  it('and the run that follows mean the same jobs by payload, error, worker and attempts', async () => {
    const { id } = await api.submit(token, { type: 'test', payload: { customer: 'acme', n: 1 }, tags: ['by-field'] });
    await worker.settle(await worker.claim(id), {
      kind: 'failed',
      reason: 'ERROR',
      name: 'Error',
      message: 'disk full',
      retryable: false,
      retryDelayMs: 0,
    });
    await failed(['by-field']);
    const filter = {
      tag: 'by-field',
      field: ['customer=acme', 'n:=1'],
      error: 'disk',
      worker: 'test-host',
      minAttempt: 1,
    };
    expect(await preview({ action: 'retry', filter })).toMatchObject({ matched: 1, sample: [{ id }] });
    const { body } = await start({ action: 'retry', filter });
    expect(body.filter).toEqual({ ...filter, tag: ['by-field'], worker: ['test-host'] });
    await carryOut();
    expect(await read(body.id)).toMatchObject({ state: 'DONE', done: 1 });
    expect(await statusOf(id)).toBe('PENDING');
  });

  it('counts what the real run then moves, shows the first ten, and changes nothing', async () => {
    const actionIds = async () =>
      (await api.call<JobAction[]>('GET', '/jobs/actions', { token })).body.map(({ id }) => id);
    const before = await actionIds();
    const ids = await many(12, 'dry');
    const waiting = await api.submit(token, { type: 'test', tags: ['dry'] });
    const body = { action: 'retry', filter: { tag: 'dry', since: '1h' } };
    const { matched, isExact, sample } = await preview(body);
    expect([matched, isExact]).toEqual([12, true]);
    expect(sample.map(({ id }) => id)).toEqual(ids.slice(0, 10));
    expect(sample[0]).toEqual({
      id: ids[0],
      type: 'test',
      status: 'FAILED',
      createdAt: expect.any(String),
      error: expect.objectContaining({ message: 'no luck' }),
    });
    expect(await actionIds()).toEqual(before);
    await carryOut();
    expect(await statusOf(ids[0] ?? '')).toBe('FAILED');

    const { id } = (await start(body)).body;
    await carryOut();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: matched, skipped: 0 });
    expect(await Promise.all(ids.map((each) => statusOf(each)))).toEqual(new Array(12).fill('PENDING'));
    expect(await statusOf(waiting.id)).toBe('PENDING');
    expect((await preview(body)).matched).toBe(0);
  });

  it('counts 10,000 jobs at the most', async () => {
    // Of an account of its own: a later test cancels all jobs of the other one.
    const { token: busy } = await api.register();
    const jobs = Array.from({ length: 10_000 }, () => ({ type: 'many' }));
    await api.call('POST', '/jobs/batch?fields=id', { token: busy, body: { jobs } });
    const body = { action: 'cancel', filter: { type: 'many' } };
    expect(await preview(body, busy)).toMatchObject({ matched: 10_000, isExact: true });
    await api.submit(busy, { type: 'many' });
    expect(await preview(body, busy)).toMatchObject({ matched: 10_000, isExact: false });
  });
});

describe('an action', () => {
  it('is accepted, shown, listed, and carried out', async () => {
    const ids = await many(3, 'shown');
    const answer = await start({
      action: 'retry',
      filter: { tag: 'shown', status: 'failed', since: '1h' },
      rate: '50/s',
    });
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/jobs/actions/${answer.body.id}`);
    expect(answer.body).toEqual({
      id: expect.any(String),
      action: 'retry',
      filter: { tag: ['shown'], status: ['FAILED'], since: expect.stringMatching(/Z$/) },
      reason: null,
      state: 'RUNNING',
      stopReason: null,
      canary: null,
      canaryIds: [],
      rate: 50,
      done: 0,
      skipped: 0,
      createdAt: expect.any(String),
      endedAt: null,
    });
    await carryOut();
    const done = await read(answer.body.id);
    expect(done).toMatchObject({ state: 'DONE', done: 3, endedAt: expect.any(String) });
    expect([...Compile(JobActionSchema).Errors(done)]).toEqual([]);
    const listed = await api.call<JobAction[]>('GET', '/jobs/actions?limit=1', { token });
    expect(listed.body).toEqual([done]);
    const next = /<([^>]*)>/.exec(String(listed.headers['link']))?.[1] ?? '';
    const older = (await api.call<JobAction[]>('GET', next, { token })).body;
    expect(older.map(({ id }) => id < done.id)).toEqual([true]);
    expect(await statusOf(ids[2] ?? '')).toBe('PENDING');
  });

  it('cancels what has not ended, with its reason, and asks what runs to stop', async () => {
    const rung = { jobs: [] as string[], cancels: [] as string[] };
    const listeners = await Promise.all(
      (['jobs', 'cancels'] as const).map((channel) =>
        api.signals.listen(channel, (notes) => rung[channel].push(...notes.map(({ id }) => id))),
      ),
    );
    const tags = ['to-cancel'];
    const [waits, scheduled, runs] = [
      await api.submit(token, { type: 'test', tags }),
      await api.submit(token, { type: 'test', tags, delay: '1h' }),
      await api.submit(token, { type: 'test', tags }),
    ];
    const claimed = await worker.claim(runs.id);
    const ended = await failed(tags);
    const { id } = (await start({ action: 'cancel', filter: { tag: 'to-cancel' }, reason: 'bad import' })).body;
    await carryOut();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 3, reason: 'bad import' });
    expect(await Promise.all([waits, scheduled, runs].map((job) => statusOf(job.id)))).toEqual([
      'CANCELLED',
      'CANCELLED',
      'RUNNING',
    ]);
    expect(await statusOf(ended)).toBe('FAILED');
    await expect.poll(() => rung.cancels).toEqual([runs.id]);
    expect(rung.jobs).toEqual(expect.arrayContaining([waits.id, scheduled.id, runs.id]));
    await Promise.all(listeners.map((listener) => listener.close()));
    await worker.settle(claimed, { kind: 'interrupted', started: true });
    expect(await statusOf(runs.id)).toBe('CANCELLED');
  });

  it('chooses jobs by id and by cause, in any combination', async () => {
    const [first, second, third] = (await many(3, 'by-id')) as [string, string, string];
    const fingerprint = (await api.call<Job>('GET', `/jobs/${first}`, { token })).body.error?.fingerprint;
    const ids = [first.toUpperCase(), third, '00000000-0000-7000-8000-000000000000'];
    const { id } = (await start({ action: 'retry', filter: { ids, fingerprint } })).body;
    await carryOut();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 2, filter: { fingerprint } });
    expect(await Promise.all([first, second, third].map((each) => statusOf(each)))).toEqual([
      'PENDING',
      'FAILED',
      'PENDING',
    ]);
  });

  it('touches no job of anybody else, whatever the filter', async () => {
    const stranger = (await api.register()).token;
    const theirs = await failed(['theirs'], stranger);
    const waiting = (await api.submit(stranger, { type: 'test' })).id;
    const bodies = [
      { action: 'retry', filter: { ids: [theirs] } },
      { action: 'retry', filter: { tag: 'theirs' } },
      { action: 'retry', filter: { all: true } },
      { action: 'cancel', filter: { ids: [waiting] } },
      { action: 'cancel', filter: { all: true } },
    ];
    for (const body of bodies) await start(body);
    await carryOut();
    expect([await statusOf(theirs, stranger), await statusOf(waiting, stranger)]).toEqual(['FAILED', 'PENDING']);
    const { body: actions } = await api.call<JobAction[]>('GET', '/jobs/actions?limit=5', { token });
    expect(actions.every(({ state }) => state === 'DONE')).toBe(true);
    expect(actions.filter(({ filter }) => !filter.all).map(({ done }) => done)).toEqual([0, 0, 0]);
  });

  it('is seen and stopped by nobody else', async () => {
    const stranger = (await api.register()).token;
    const { id } = (await start({ action: 'retry', filter: { all: true } })).body;
    for (const [method, url] of [
      ['GET', `/jobs/actions/${id}`],
      ['POST', `/jobs/actions/${id}/stop`],
      ['GET', '/jobs/actions/no-id'],
    ] as const) {
      expect(problemOf(await api.call(method, url, { token: stranger })).code).toBe('ACTION_NOT_FOUND');
    }
    expect((await api.call('GET', '/jobs/actions', { token: stranger })).body).toEqual([]);
    expect((await read(id)).state).toBe('RUNNING');
  });

  it('is stopped by its user, once', async () => {
    const [id = ''] = await many(1, 'stopped');
    const action = (await start({ action: 'retry', filter: { tag: 'stopped' } })).body;
    const stop = () => api.call<JobAction>('POST', `/jobs/actions/${action.id}/stop`, { token });
    expect((await stop()).body).toMatchObject({ state: 'STOPPED', stopReason: 'stopped by its user', done: 0 });
    await carryOut();
    expect(await statusOf(id)).toBe('FAILED');
    const again = await stop();
    expect([again.status, problemOf(again).code]).toEqual([409, 'ACTION_ENDED']);
  });

  it('is one of 20 at a time, and stopping one makes room', async () => {
    const busy = (await api.register()).token;
    const body = { action: 'retry', filter: { all: true } };
    for (let n = 0; n < 20; n += 1) expect((await start(body, busy)).status).toBe(202);
    const refused = await start(body, busy);
    expect([refused.status, problemOf(refused).code]).toEqual([409, 'TOO_MANY_ACTIONS']);
    expect((await start({ ...body, dryRun: true }, busy)).status).toBe(200);
    const [{ id } = { id: '' }] = (await api.call<JobAction[]>('GET', '/jobs/actions', { token: busy })).body;
    await api.call('POST', `/jobs/actions/${id}/stop`, { token: busy });
    expect((await start(body, busy)).status).toBe(202);
    await carryOut();
  });

  it.each([
    [{ filter: { all: true } }, '/action'],
    [{ action: 'delete', filter: { all: true } }, '/action'],
    [{ action: 'retry' }, '/filter'],
    [{ action: 'retry', filter: {} }, '/filter'],
    [{ action: 'retry', filter: { all: false } }, '/filter/all'],
    [{ action: 'retry', filter: { status: 'GONE' } }, '/filter/status'],
    [{ action: 'retry', filter: { status: ['COMPLETED', 'PENDING'] } }, '/filter/status'],
    [{ action: 'cancel', filter: { status: 'FAILED' }, dryRun: true }, '/filter/status'],
    [{ action: 'retry', filter: { since: 'yesterday' } }, '/filter/since'],
    [{ action: 'retry', filter: { ids: ['x'] } }, '/filter/ids/0'],
    [{ action: 'retry', filter: { ids: [] } }, '/filter/ids'],
    [{ action: 'retry', filter: { ids: new Array(1_001).fill('x') } }, '/filter/ids'],
    [{ action: 'retry', filter: { colour: 'red' } }, '/filter/colour'],
    [{ action: 'retry', filter: { all: true }, canary: 0 }, '/canary'],
    [{ action: 'retry', filter: { all: true }, canary: 101 }, '/canary'],
    [{ action: 'cancel', filter: { all: true }, canary: 1 }, '/canary'],
    [{ action: 'retry', filter: { all: true }, rate: 0 }, '/rate'],
    [{ action: 'retry', filter: { all: true }, rate: '0/s' }, '/rate'],
    [{ action: 'retry', filter: { all: true }, rate: '5/m' }, '/rate'],
    [{ action: 'cancel', filter: { all: true }, reason: 'a\u0000' }, '/reason'],
  ])('is refused with %j', async (body, path) => {
    const answer = await start(body);
    expect([answer.status, problemOf(answer).issues[0]?.path]).toEqual([400, path]);
  });

  it('without any condition says what to do', async () => {
    expect(problemOf(await start({ action: 'cancel', filter: {} })).detail).toMatch(/at least one.*"all": true/);
  });
});
