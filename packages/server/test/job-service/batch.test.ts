import type { BatchResult, Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  token = (await api.register()).token;
});
afterAll(() => api.close());

const batch = (body: unknown, query = '') =>
  api.call<{ results: BatchResult[] }>('POST', `/jobs/batch${query}`, { token, body });

it('stores 10,000 jobs in one call, in the order given', async () => {
  const jobs = Array.from({ length: 10_000 }, (_, n) => ({ type: 'bulk', payload: n }));
  const { status, body } = await batch({ jobs }, '?fields=id,payload');
  expect(status).toBe(200);
  expect(body.results).toHaveLength(10_000);
  expect(body.results.every((result, n) => result.ok && result.index === n && result.job.payload === n)).toBe(true);
  const ids = body.results.map((result) => (result.ok ? result.job.id : ''));
  expect(ids).toEqual([...ids].sort());
  const newest = await api.call<Job[]>('GET', '/jobs?limit=1', { token });
  expect(newest.body[0]?.payload).toBe(9_999);
});

it('one item that is wrong fails alone, and says where', async () => {
  const { body } = await batch({
    jobs: [
      { type: 'fine' },
      { type: 7 },
      null,
      { type: 'x', payload: '\ud800' },
      { type: 'y', extra: 1 },
      { type: 'last' },
    ],
  });
  expect(body.results.map((result) => (result.ok ? result.job.type : result.error.code))).toEqual([
    'fine',
    'VALIDATION_FAILED',
    'VALIDATION_FAILED',
    'UNSTORABLE_VALUE',
    'VALIDATION_FAILED',
    'last',
  ]);
  const refused = body.results[4];
  expect(refused?.ok === false && refused.error.issues).toEqual([{ path: '/extra', message: 'is not known here' }]);
});

it('a payload that is too large fails alone', async () => {
  const { body } = await batch({ jobs: [{ type: 'big', payload: 'x'.repeat(300_000) }, { type: 'small' }] });
  expect(body.results.map((result) => result.ok)).toEqual([false, true]);
});

it('takes bodies that a single job may not have', async () => {
  const jobs = Array.from({ length: 20 }, () => ({ type: 'large', payload: 'x'.repeat(200_000) }));
  const { status, body } = await batch({ jobs }, '?fields=id');
  expect(status).toBe(200);
  expect(body.results.every((result) => result.ok)).toBe(true);
});

it('refuses 10,001 jobs, with both sizes named', async () => {
  const answer = await batch({ jobs: new Array(10_001).fill({ type: 'x' }) });
  expect([answer.status, problemOf(answer).code]).toEqual([413, 'BATCH_TOO_LARGE']);
  expect(problemOf(answer).detail).toMatch(/10001.*10000/);
});

it.each([{}, { jobs: [] }, { jobs: {} }, { jobs: [{ type: 'x' }], more: 1 }, []])('refuses %j', async (body) => {
  expect((await batch(body)).status).toBe(400);
});
