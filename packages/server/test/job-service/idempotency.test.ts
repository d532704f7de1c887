import type { BatchResult, Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  token = (await api.register()).token;
});
afterAll(() => api.close());

const post = (key: string, body: unknown, by = token, at = api) =>
  at.call<Job>('POST', '/jobs', { token: by, body, headers: { 'idempotency-key': key } });
const countOf = async (type: string) => (await api.call<Job[]>('GET', `/jobs?type=${type}`, { token })).body.length;

describe('an idempotency key', () => {
  it('makes one job of a hundred equal requests at once, and one answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => post('hundred', { type: 'hundred', payload: { a: 1 } })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(new Array(100).fill(201));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await countOf('hundred')).toBe(1);
  });

  it('does so across processes', async () => {
    const other = await openTestApi({ database: api.database });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => post('across', { type: 'across' }, token, n % 2 ? api : other)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await countOf('across')).toBe(1);
    await other.close();
  });

  it('gives the first answer again, whatever became of the job', async () => {
    const first = await post('again', { type: 'again', delay: 0 });
    await (await standInWorker(api.database)).complete(first.body.id);
    const again = await post('again', { type: 'again' });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['location']).toBe(`/jobs/${first.body.id}`);
    expect(again.text).toBe(first.text);
  });

  it('is about what was asked, not about how it was written', async () => {
    const first = await post('same', {
      type: 'same',
      payload: { a: 1, b: [2, { c: 3, d: 4 }] },
      timeout: '5m',
      priority: 5,
    });
    const same = await post('same', {
      timeout: 300_000,
      payload: { b: [2, { d: 4, c: 3 }], a: 1 },
      type: 'same',
      queue: 'default',
    });
    expect(same.body.id).toBe(first.body.id);
  });

  it.each([
    ['payload', { type: 'other', payload: 2 }],
    ['type', { type: 'other2', payload: 1 }],
    ['priority', { type: 'other', payload: 1, priority: 6 }],
    ['delay', { type: 'other', payload: 1, delay: '1s' }],
    ['tags', { type: 'other', payload: 1, tags: ['x'] }],
    ['order in a list', { type: 'other', payload: 1, metadata: { a: [1, 2] } }],
  ])('refuses another %s', async (_what, body) => {
    await post('other', { type: 'other', payload: 1 });
    const answer = await post('other', body);
    expect([answer.status, problemOf(answer).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('of somebody else means nothing', async () => {
    const mine = await post('shared', { type: 'shared', payload: 'mine' });
    const other = (await api.register()).token;
    const theirs = await post('shared', { type: 'shared', payload: 'theirs' }, other);
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('is forgotten after 24 hours', async () => {
    const first = await post('old', { type: 'old', payload: 1 });
    await api.database.query(
      {
        name: 'age_key',
        text: `update cloudtask.idempotency_keys set expires_at = now() - interval '1 s' where key = 'old'`,
      },
      [],
    );
    const second = await post('old', { type: 'old', payload: 2 });
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it.each(['', 'x'.repeat(201), 'a\tb'])('must be 1 to 200 printable characters, not %j', async (key) => {
    const answer = await post(key, { type: 'test' });
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'INVALID_IDEMPOTENCY_KEY']);
  });

  it('of a job that was refused stays free', async () => {
    expect((await post('refused', { type: 'no good' })).status).toBe(400);
    expect((await post('refused', { type: 'good' })).status).toBe(201);
  });
});

describe('in a batch', () => {
  const batch = (jobs: unknown[], headers: Record<string, string> = {}) =>
    api.call<{ results: BatchResult[] }>('POST', '/jobs/batch', { token, body: { jobs }, headers });

  it('each item has its own key', async () => {
    const jobs = [
      { type: 'item', idempotencyKey: 'item-1' },
      { type: 'item', idempotencyKey: 'item-1' },
      { type: 'item', idempotencyKey: 'item-2' },
      { type: 'item', payload: 'other', idempotencyKey: 'item-2' },
      { type: 'item' },
    ];
    const first = (await batch(jobs)).body.results;
    const ids = first.map((result) => (result.ok ? result.job.id : result.error.code));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[3]).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await countOf('item')).toBe(3);
    const second = (await batch(jobs)).body.results.map((result) => (result.ok ? result.job.id : result.error.code));
    expect(second.slice(0, 4)).toEqual(ids.slice(0, 4));
    expect(await countOf('item')).toBe(4);
  });

  it('the key of the request covers every item', async () => {
    const jobs = Array.from({ length: 1_200 }, (_, n) => ({ type: 'covered', payload: n }));
    const first = await batch(jobs, { 'idempotency-key': 'whole' });
    const again = await batch(jobs, { 'idempotency-key': 'whole' });
    expect(again.body).toEqual(first.body);
    const list = await api.call<Job[]>('GET', '/jobs?type=covered&limit=1000&fields=id', { token });
    expect(list.body).toHaveLength(1_000);
    expect(list.headers['link']).toBeDefined();
  });
});
