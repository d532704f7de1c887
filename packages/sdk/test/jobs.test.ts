import { expect, test } from 'vitest';
import type { BatchItem, Job } from '../src/contract.ts';
import { defineJob } from '../src/define-job.ts';
import { PayloadValidationError, ValidationError } from '../src/errors.ts';
import type { Schema } from '../src/schema.ts';
import { aJob, answer, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const numbered: Schema<{ n: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof (value as { n?: unknown }).n === 'number'
        ? { value: value as { n: number } }
        : { issues: [{ message: 'must be a number', path: ['n'] }] },
  },
};
const count = defineJob({ type: 'count', payload: numbered, queue: 'math', maxAttempts: 2, timeout: '10s' });

test('a definition brings its defaults, and the call has the last word', async () => {
  const { ct, server } = await withServer({ 'POST /jobs': (_, response) => answer(response, 201, aJob()) });
  await ct.jobs.create(count, { n: 1 }, { maxAttempts: 7, delay: '5m', runAt: new Date(0), idempotencyKey: 'mine' });
  expect(server.requests[0]?.json()).toEqual({
    type: 'count',
    payload: { n: 1 },
    queue: 'math',
    maxAttempts: 7,
    timeout: '10s',
    delay: '5m',
    runAt: '1970-01-01T00:00:00.000Z',
  });
  expect(server.requests[0]?.headers['idempotency-key']).toBe('mine');
});

test('a payload that does not fit is refused before anything is sent', async () => {
  const { ct, server } = await withServer({});
  const error = await ct.jobs.create(count, { n: 'one' } as never).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(PayloadValidationError);
  expect(error).toMatchObject({ code: 'INVALID_PAYLOAD', issues: [{ path: '/n', message: 'must be a number' }] });
  expect(server.requests).toHaveLength(0);
});

test('many jobs go in chunks, with keys that a repetition keeps, and an outcome each', async () => {
  const { ct, server } = await withServer({
    'POST /jobs/batch': (seen, response, nth) => {
      if (nth === 2) return problem(response, 503, 'UNAVAILABLE', { 'retry-after': '0' });
      const { jobs } = seen.json() as { jobs: BatchItem[] };
      const results = jobs.map(({ payload }, index) =>
        (payload as { n: number }).n === 3
          ? {
              index,
              ok: false,
              error: { code: 'INVALID', message: 'no threes', issues: [{ path: '/n', message: '3' }] },
            }
          : { index, ok: true, job: aJob({ payload: payload ?? null }) },
      );
      answer(response, 200, { results });
    },
  });
  async function* items() {
    for (let n = 0; n < 5; n++) yield n === 4 ? { payload: { n }, options: { priority: 9 } } : { n };
  }
  const results = await ct.jobs.createMany('count', items(), { chunkSize: 2 });
  expect(results.map(({ index, ok }) => [index, ok])).toEqual([
    [0, true],
    [1, true],
    [2, true],
    [3, false],
    [4, true],
  ]);
  const refused = results[3];
  expect(refused?.ok === false && refused.error).toBeInstanceOf(ValidationError);
  const bodies = server.requests.map((each) => (each.json() as { jobs: BatchItem[] }).jobs);
  expect(bodies).toHaveLength(4);
  expect(bodies[1]).toEqual(bodies[2]);
  expect(new Set(bodies.flat().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(5);
  expect(bodies[3]?.[0]).toMatchObject({ payload: { n: 4 }, priority: 9 });
});

test('a list is a page, or all items of all pages', async () => {
  const pages: Record<string, Job[]> = { '': [aJob({ id: 'a' }), aJob({ id: 'b' })], two: [aJob({ id: 'c' })] };
  const { ct, server } = await withServer({
    'GET /jobs': ({ query }, response) => {
      const cursor = query.get('cursor') ?? '';
      answer(response, 200, pages[cursor], cursor === '' ? { link: '</jobs?limit=2&cursor=two>; rel="next"' } : {});
    },
  });
  const page = await ct.jobs.list({ limit: 2, status: ['FAILED', 'RETRYING'] });
  expect(page.data.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(page.nextCursor).toBe('two');
  expect((await page.getNextPage()).hasNextPage()).toBe(false);

  const ids: string[] = [];
  for await (const { id } of ct.jobs.list({ limit: 2 })) ids.push(id);
  expect(ids).toEqual(['a', 'b', 'c']);
  expect((await ct.jobs.list().toArray({ limit: 1 })).length).toBe(1);
  expect(server.requests[0]?.query.getAll('status')).toEqual(['FAILED', 'RETRYING']);
});

test('a unique job that is there already is what the call gives', async () => {
  const { ct, server } = await withServer({
    'POST /jobs': (_, response) => answer(response, 200, aJob({ id: 'first' }), { 'unique-conflict': 'true' }),
    'POST /jobs/batch': (_, response) =>
      answer(response, 200, { results: [{ index: 0, ok: true, job: aJob({ id: 'first' }), isDuplicate: true }] }),
  });
  const unique = { key: 'invoice-1', onConflict: 'return' } as const;
  expect((await ct.jobs.create('count', { n: 1 }, { unique })).id).toBe('first');
  expect(server.requests[0]?.json()).toEqual({ type: 'count', payload: { n: 1 }, unique });
  const [one] = await ct.jobs.createMany('count', [{ payload: { n: 1 }, options: { unique } }]);
  expect(one).toMatchObject({ ok: true, isDuplicate: true, job: { id: 'first' } });
});

test('a retry may bring another payload', async () => {
  const { ct, server } = await withServer({
    'POST /jobs/x/retry': (_, response) => answer(response, 200, aJob()),
  });
  await ct.jobs.retry('x', { payload: null });
  await ct.jobs.retry('x');
  expect(server.requests.map(({ body }) => body)).toEqual(['{"payload":null}', '']);
});

test('cancel and retry carry a key, and the reason', async () => {
  const { ct, server } = await withServer({
    'POST /jobs/x/cancel': (_, response) => answer(response, 200, aJob({ status: 'CANCELLED' })),
    'POST /jobs/x/retry': (_, response) => answer(response, 200, aJob()),
  });
  expect((await ct.jobs.cancel('x', { reason: 'wrong bucket' })).status).toBe('CANCELLED');
  expect((await ct.jobs.retry('x')).status).toBe('PENDING');
  expect(server.requests[0]?.json()).toEqual({ reason: 'wrong bucket' });
  expect(server.requests.every(({ headers }) => headers['idempotency-key'])).toBe(true);
});

test('the log of a job comes page by page, with its filters on each', async () => {
  const { ct, server } = await withServer({
    'GET /jobs/7/logs': (_, response, nth) =>
      answer(response, 200, [{ seq: `1.1.${nth}` }], nth === 1 ? { link: '</jobs/7/logs?cursor=c2>; rel="next"' } : {}),
    'GET /jobs/7/attempts': (_, response) => answer(response, 200, [{ attempt: 1, outcome: 'running' }]),
  });
  const seqs: string[] = [];
  for await (const { seq } of ct.jobs.logs('7', { level: 'warn', order: 'newest', limit: 1 })) seqs.push(seq);
  expect(seqs).toEqual(['1.1.1', '1.1.2']);
  expect(server.requests.map(({ query }) => query.toString())).toEqual([
    'level=warn&order=newest&limit=1',
    'level=warn&order=newest&limit=1&cursor=c2',
  ]);
  expect((await ct.jobs.attempts('7')).data).toMatchObject([{ outcome: 'running' }]);
});
