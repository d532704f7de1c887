import type { BatchResult, Job } from '@cloudtask/sdk/contract';
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

const post = (unique: object, { idempotencyKey, by = token, ...body }: Record<string, unknown> = {}) =>
  api.call<Job>('POST', '/jobs', {
    token: by as string,
    body: { type: 'test', unique, ...body },
    ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey as string } }),
  });
/** Without the warning that comes until the server has seen the worker. */
const accepted = ({ warnings: _, ...job }: Job & { warnings?: unknown }) => job;
const get = async (id: string) => (await api.call<Job>('GET', `/jobs/${id}`, { token })).body;

describe('a job with a unique key', () => {
  it('is stored, and says its key everywhere', async () => {
    const answer = await post({ key: 'says' });
    expect([answer.status, answer.headers['unique-conflict']]).toEqual([201, undefined]);
    expect(accepted(answer.body)).toEqual(await get(answer.body.id));
    expect(answer.body.uniqueKey).toBe('says');
    expect((await api.submit(token)).uniqueKey).toBeNull();
  });

  it('while another has the key: the answer is that one, as it is now', async () => {
    const first = (await post({ key: 'now' }, { payload: 'first' })).body;
    const claimed = await worker.claim(first.id);
    const second = await post({ key: 'now' }, { payload: 'second' });
    expect([second.status, second.headers['unique-conflict']]).toEqual([200, 'true']);
    expect(second.headers['location']).toBe(`/jobs/${first.id}`);
    expect(second.body).toEqual(await get(first.id));
    expect(second.body).toMatchObject({ status: 'RUNNING', payload: 'first' });
    await worker.settle(claimed, { kind: 'completed', result: null });
    expect((await post({ key: 'now' })).status).toBe(201);
  });

  it('until started: gives the key back when it starts', async () => {
    const { id } = (await post({ key: 'started', until: 'started' })).body;
    expect((await post({ key: 'started', until: 'started' })).body.id).toBe(id);
    await worker.claim(id);
    expect((await post({ key: 'started', until: 'started' })).status).toBe(201);
  });

  it('is refused with reject, and the refusal names the other job', async () => {
    const { id } = (await post({ key: 'reject' })).body;
    const answer = await post({ key: 'reject', onConflict: 'reject' });
    expect([answer.status, problemOf(answer).code]).toEqual([409, 'UNIQUE_CONFLICT']);
    expect(problemOf(answer).issues).toEqual([{ path: '/unique/key', message: `is taken by the job ${id}` }]);
  });

  it('takes the place of one that waits with replace, and rings for the one that is cancelled', async () => {
    const rung: string[] = [];
    const listener = await api.signals.listen('jobs', (notes) => rung.push(...notes.map(({ id }) => id)));
    const first = (await post({ key: 'replace' })).body;
    const second = await post({ key: 'replace', onConflict: 'replace' });
    expect(second.status).toBe(201);
    expect((await get(first.id)).status).toBe('CANCELLED');
    await expect.poll(() => rung).toContain(first.id);
    await listener.close();
    await worker.claim(second.body.id);
    const third = await post({ key: 'replace', onConflict: 'replace' });
    expect([third.status, problemOf(third).code]).toEqual([409, 'UNIQUE_CONFLICT']);
    expect(problemOf(third).issues[0]?.message).toContain(second.body.id);
    expect((await get(second.body.id)).cancelRequestedAt).toBeNull();
  });

  it("of another account or another type is nobody's business", async () => {
    const other = (await api.register()).token;
    const answers = [
      await post({ key: 'mine' }),
      await post({ key: 'mine' }, { by: other }),
      await post({ key: 'mine' }, { type: 'other' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  it('of 200 submits at once is stored once', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, payload) => post({ key: '200' }, { payload })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers['unique-conflict'] === 'true')).toHaveLength(199);
  });

  it.each([
    {},
    { key: '' },
    { key: 'x'.repeat(201) },
    { key: 'a\nb' },
    { key: 'a', until: 'never' },
    { key: 'a', onConflict: 'merge' },
    { key: 'a', more: 1 },
    'a',
  ])('is refused with unique %j', async (unique) => {
    expect((await post(unique as object)).status).toBe(400);
  });

  it('is refused with a key that cannot be stored', async () => {
    expect((await post({ key: '\ud800' })).status).toBe(422);
  });
});

describe('with an idempotency key too', () => {
  it('of 200 equal requests at once one stores, and all have its answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => post({ key: 'both' }, { idempotencyKey: 'both' })),
    );
    const bodies = answers.map(({ body }) => accepted(body));
    expect(bodies).toEqual(new Array(200).fill(bodies[0]));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
  });

  it.each(['return', 'reject', 'replace'])(
    'a repeated request gets its first answer, whatever became of the job (%s)',
    async (onConflict) => {
      const ask = () => post({ key: `again ${onConflict}`, onConflict }, { idempotencyKey: `again ${onConflict}` });
      const first = await ask();
      expect(first.status).toBe(201);
      const claimed = await worker.claim(first.body.id);
      const whileItRuns = await ask();
      await worker.settle(claimed, { kind: 'completed', result: null });
      for (const again of [whileItRuns, await ask()]) {
        expect([again.status, accepted(again.body)]).toEqual([201, accepted(first.body)]);
        expect(again.headers['idempotency-replayed']).toBe('true');
      }
    },
  );

  it('a repeated request that met another job meets it again', async () => {
    const { id } = (await post({ key: 'met' })).body;
    const ask = () => post({ key: 'met' }, { idempotencyKey: 'met', priority: 7 });
    const first = await ask();
    expect([first.status, first.body.id, first.headers['idempotency-replayed']]).toEqual([200, id, undefined]);
    await worker.complete(id);
    const again = await ask();
    expect([again.status, again.body.status]).toEqual([200, 'COMPLETED']);
    expect(again.headers).toMatchObject({ 'unique-conflict': 'true', 'idempotency-replayed': 'true' });
  });

  it('another body under the same key is refused', async () => {
    await post({ key: 'body' }, { idempotencyKey: 'body' });
    for (const unique of [{ key: 'body', onConflict: 'reject' }, { key: 'another' }]) {
      const answer = await post(unique, { idempotencyKey: 'body' });
      expect([answer.status, problemOf(answer).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    expect((await post({ key: 'another' })).status).toBe(201);
  });

  it('a refusal leaves the idempotency key free', async () => {
    const { id } = (await post({ key: 'free' })).body;
    const ask = () => post({ key: 'free', onConflict: 'reject' }, { idempotencyKey: 'free' });
    expect((await ask()).status).toBe(409);
    await worker.complete(id);
    expect((await ask()).status).toBe(201);
  });
});

it('in a batch each item has an outcome of its own', async () => {
  const { id } = (await post({ key: 'batch' })).body;
  const { body } = await api.call<{ results: BatchResult[] }>('POST', '/jobs/batch', {
    token,
    body: {
      jobs: [
        { type: 'test' },
        { type: 'test', unique: { key: 'batch' } },
        { type: 'test', unique: { key: 'batch', onConflict: 'reject' } },
        { type: 'test', unique: { key: 'batch', onConflict: 'replace' } },
        { type: 'test', unique: { key: 'batch', until: 'later' } },
        { type: 'test', unique: { key: 'of its own' }, idempotencyKey: 'item' },
        { type: 'test', idempotencyKey: 'other item' },
      ],
    },
  });
  expect(body.results.map((result) => (result.ok ? (result.isDuplicate ?? 'stored') : result.error.code))).toEqual([
    'stored',
    true,
    'UNIQUE_CONFLICT',
    'stored',
    'VALIDATION_FAILED',
    'stored',
    'stored',
  ]);
  expect(body.results[1]).toMatchObject({ job: { id } });
  expect(await get(id)).toMatchObject({ status: 'CANCELLED' });
});
