import { registerTypes, type TypeRegistration } from '@cloudtask/core/protocol/register-types';
import type { BatchResult, Job, Json, TypeInfo } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  token = (await api.register()).token;
});
afterAll(() => api.close());

const submit = (body: object, headers = {}) => api.call<Job>('POST', '/jobs', { token, body, headers });

let registrations = 0;

/** As a worker does it; resolves when the service knows of it. */
async function register(
  type: string,
  { defaults = {}, payloadSchema = null }: Partial<TypeRegistration>,
): Promise<void> {
  const known = { type, description: null, payloadSchema, resultSchema: null, defaults };
  registrations += 1;
  // A type that refuses `null` shows that the one before it is known too.
  const mark = { ...known, type: `mark.${registrations}`, payloadSchema: { type: 'string' }, defaults: {} };
  await registerTypes(api.database, [known, mark], JSON.stringify([payloadSchema, defaults]));
  await eventually(async () => (await submit({ type: mark.type })).status === 422);
}

const timesOf = async (id: string) =>
  await api.database.kysely
    .selectFrom('cloudtask.jobs')
    .select(['queue', 'priority', 'max_attempts', 'timeout_ms', 'backoff'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();

describe("a type's defaults", () => {
  beforeAll(() =>
    register('filled', {
      defaults: { queue: 'mail', priority: 7, maxAttempts: 2, timeout: '1m', backoff: { kind: 'fixed', delay: '10s' } },
    }),
  );

  it('stand for what a submit leaves out', async () => {
    const { status, body } = await submit({ type: 'filled' });
    expect([status, body]).toMatchObject([201, { queue: 'mail', priority: 7, maxAttempts: 2 }]);
    expect(await timesOf(body.id)).toEqual({
      queue: 'mail',
      priority: 7,
      max_attempts: 2,
      timeout_ms: 60_000,
      backoff: { kind: 'fixed', delayMs: 10_000, maxDelayMs: 3_600_000, factor: 3 },
    });
  });

  it('give way to what it says', async () => {
    const { body } = await submit({ type: 'filled', queue: 'other', priority: 0, maxAttempts: 9, timeout: 0 });
    expect(await timesOf(body.id)).toMatchObject({ queue: 'other', priority: 0, max_attempts: 9, timeout_ms: 0 });
  });

  it('hold for the items of a batch too', async () => {
    const body = { jobs: [{ type: 'filled' }, { type: 'filled', priority: 1 }] };
    const { results } = (await api.call<{ results: BatchResult[] }>('POST', '/jobs/batch', { token, body })).body;
    expect(results).toMatchObject([
      { ok: true, job: { queue: 'mail', priority: 7 } },
      { ok: true, job: { queue: 'mail', priority: 1 } },
    ]);
  });

  it('are not part of what an idempotency key stands for', async () => {
    await register('moved', { defaults: { priority: 1 } });
    const key = { 'idempotency-key': 'moved' };
    const first = await submit({ type: 'moved' }, key);
    await register('moved', { defaults: { priority: 2, queue: 'elsewhere' } });
    const again = await submit({ type: 'moved' }, key);
    expect([again.status, again.body.id, again.body.priority]).toEqual([201, first.body.id, 1]);
    expect((await submit({ type: 'moved' })).body).toMatchObject({ priority: 2, queue: 'elsewhere' });
    const other = await submit({ type: 'moved', priority: 1 }, key);
    expect([other.status, problemOf(other).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });
});

describe('a payload that its type does not take', () => {
  const payloadSchema: Json = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { to: { type: 'string' }, copies: { type: 'array', items: { $ref: '#/$defs/copy' } } },
    required: ['to'],
    additionalProperties: false,
    $defs: { copy: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } },
  };
  beforeAll(() => register('strict', { payloadSchema }));

  it('is refused, with a pointer to each member that is wrong', async () => {
    const answer = await submit({ type: 'strict', payload: { copies: [{ n: 1 }, { n: 'x' }], 'a/b': 1 } });
    expect([answer.status, problemOf(answer).code]).toEqual([422, 'INVALID_PAYLOAD']);
    expect(problemOf(answer).issues.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: '/payload/a~1b', message: 'is not known here' },
      { path: '/payload/copies/1/n', message: 'must be integer' },
      { path: '/payload/to', message: 'is required' },
    ]);
    expect(problemOf(await submit({ type: 'strict' })).issues).toEqual([
      { path: '/payload', message: 'must be object' },
    ]);
  });

  it('is refused in a batch alone, and others pass', async () => {
    const body = {
      jobs: [
        { type: 'strict', payload: { to: 1 } },
        { type: 'strict', payload: { to: 'ada' } },
      ],
    };
    const { results } = (await api.call<{ results: BatchResult[] }>('POST', '/jobs/batch', { token, body })).body;
    expect(results).toMatchObject([
      { ok: false, error: { code: 'INVALID_PAYLOAD', issues: [{ path: '/payload/to', message: 'must be string' }] } },
      { ok: true },
    ]);
  });

  it('is measured by the newest schema', async () => {
    await register('strict', { payloadSchema: { type: 'number' } });
    expect((await submit({ type: 'strict', payload: 4 })).status).toBe(201);
  });

  it.each<[string, Json]>([
    ['has a pattern that is none', { type: 'string', pattern: '(' }],
    ['refers to what is elsewhere', { $ref: 'https://example.com/schema.json' }],
    ['refers to what is not in it', { anyOf: [{ $ref: '#/$defs/lost' }] }],
  ])('is not known when the JSON Schema %s', async (what, schema) => {
    const type = `odd.${what.length}`;
    await register(type, { payloadSchema: schema });
    expect((await submit({ type, payload: 1 })).status).toBe(201);
  });
});

it("a retry's new payload has to fit the type too", async () => {
  await register('fitted', { payloadSchema: { type: 'object', required: ['to'] } });
  const { id } = (await submit({ type: 'fitted', payload: { to: 'a' } })).body;
  await api.call('POST', `/jobs/${id}/cancel`, { token });
  const retry = (payload: Json) => api.call<Job>('POST', `/jobs/${id}/retry`, { token, body: { payload } });
  const refused = await retry({ from: 'b' });
  expect([refused.status, problemOf(refused).code]).toEqual([422, 'INVALID_PAYLOAD']);
  expect((await api.call<Job>('GET', `/jobs/${id}`, { token })).body.status).toBe('CANCELLED');
  expect((await retry({ to: 'b' })).body).toMatchObject({ status: 'PENDING', payload: { to: 'b' } });
});

describe('one type', () => {
  it('is answered by its name, as in the list', async () => {
    await register('one.type', { defaults: { queue: 'mail' } });
    const one = await api.call<TypeInfo>('GET', '/types/one.type', { token });
    expect([one.status, one.body]).toMatchObject([200, { type: 'one.type', defaults: { queue: 'mail' } }]);
    const all = await api.call<TypeInfo[]>('GET', '/types', { token });
    expect(all.body).toContainEqual(one.body);
  });

  it('that nobody knows is refused, with the one that was probably meant', async () => {
    const answer = await api.call('GET', '/types/one.tpye', { token });
    expect(problemOf(answer)).toMatchObject({
      status: 404,
      code: 'TYPE_NOT_FOUND',
      detail: 'There is no type "one.tpye". Did you mean "one.type"?',
      hint: expect.stringContaining('GET /types'),
    });
    expect(problemOf(await api.call('GET', '/types/other', { token })).detail).toBe('There is no type "other".');
  });
});
