import { defineHandler, defineJob, jsonSchema, RetryLater } from '@cloudtask/sdk';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createTestClient, runHandler } from '../src/index.ts';

const page = defineJob({
  type: 'page.render',
  queue: 'pages',
  payload: jsonSchema<{ page: number }>({
    type: 'object',
    properties: { page: { type: 'integer' } },
    required: ['page'],
  }),
});
const rendered: number[] = [];
const renderPage = defineHandler(page, ({ page }) => {
  rendered.push(page);
  return null;
});

const book = defineHandler({
  type: 'book.render',
  payload: jsonSchema<{ pages: number; failures: number }>({ type: 'object' }),
  run: async ({ pages, failures }, { jobs, attempt }) => {
    for (let n = 1; n <= pages; n += 1) await jobs.create(page, { page: n });
    if (attempt <= failures) throw new RetryLater('1m');
    return null;
  },
});

test('runHandler answers with the jobs that a handler made, and runs none of them', async () => {
  const run = await runHandler(book, { pages: 2, failures: 1 });
  expect(run.outcome).toBe('retrying');
  expect(run.children).toMatchObject([
    { type: 'page.render', queue: 'pages', payload: { page: 1 }, status: 'PENDING', parentId: expect.any(String) },
    { type: 'page.render', queue: 'pages', payload: { page: 2 } },
  ]);
  expect(rendered).toEqual([]);
});

test('a handler that makes a job no platform would take fails in runHandler as it would there', async () => {
  const handler = defineHandler({
    type: 'wrong',
    run: (_, { jobs }) => jobs.create('any', null, { priority: 12 }) as never,
  });
  const run = await runHandler(handler, null);
  expect(run).toMatchObject({ outcome: 'retrying', error: { code: 'VALIDATION_FAILED' }, children: [] });
});

describe.each([
  ['once', { redeliver: false }],
  ['twice', { redeliver: true }],
])('where each job is delivered %s', (_, { redeliver }) => {
  const ct = createTestClient({ handlers: [book, renderPage], redeliver });
  afterEach(() => ct.clear());
  afterAll(() => ct.close());

  test.each([0, 2])('a handler that fails %i times makes its jobs once', async (failures) => {
    rendered.length = 0;
    const parent = await ct.jobs.create('book.render', { pages: 3, failures });
    expect(parent.parentId).toBeNull();
    expect(await ct.drain({ withScheduled: true })).toMatchObject({ completed: 4, failed: 0 });
    const children = await ct.jobs.list({ parent: parent.id, order: 'oldest' }).toArray({ limit: 10 });
    expect(children.map(({ payload, parentId, status }) => ({ payload, parentId, status }))).toEqual(
      [1, 2, 3].map((n) => ({ payload: { page: n }, parentId: parent.id, status: 'COMPLETED' })),
    );
    expect(new Set(rendered)).toEqual(new Set([1, 2, 3]));
    expect(await ct.jobs.list({ parent: children[0]?.id ?? '' }).toArray({ limit: 10 })).toEqual([]);
  });

  test('a list of the jobs of something that is no job is refused', async () => {
    await expect(ct.jobs.list({ parent: 'mine' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      issues: [{ path: '/parent' }],
    });
  });
});

test('its jobs run by themselves where jobs run as they are made', async () => {
  await using ct = createTestClient({ handlers: [book, renderPage], mode: 'inline' });
  const parent = await ct.jobs.create('book.render', { pages: 2, failures: 0 });
  const children = await ct.jobs.list({ parent: parent.id }).toArray({ limit: 10 });
  expect(children.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
});
