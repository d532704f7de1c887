import { registerTypes } from '@cloudtask/core/protocol/register-types';
import type { Job } from '@cloudtask/sdk/contract';
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

const post = (body: unknown, headers: Record<string, string> = {}) =>
  api.call<Job & { warnings?: { code: string }[] }>('POST', '/jobs', { token, body, headers });

describe('submitting a job', () => {
  it('answers 201 with the job as it is stored, and where it is', async () => {
    const answer = await post({
      type: 'email',
      payload: { to: 'a@b.de', subject: 'Hi ☃ 🦊' },
      queue: 'mail',
      priority: 9,
      ttl: '1h',
      maxAttempts: 3,
      backoff: { kind: 'fixed', delay: '10s' },
      timeout: '30s',
      tags: ['a', 'b'],
      metadata: { customer: 7 },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`/jobs/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      type: 'email',
      status: 'PENDING',
      queue: 'mail',
      priority: 9,
      attempt: 0,
      maxAttempts: 3,
      tags: ['a', 'b'],
      metadata: { customer: 7 },
    });
    const read = await api.call<Job>('GET', `/jobs/${answer.body.id}`, { token });
    const { warnings: _, ...job } = answer.body;
    expect(read.body).toEqual(job);
  });

  it('fills in every default', async () => {
    const { body } = await post({ type: 'test' });
    expect(body).toMatchObject({
      payload: null,
      queue: 'default',
      priority: 5,
      maxAttempts: 5,
      tags: [],
      metadata: {},
    });
  });

  it('keeps a payload exactly, whatever JSON it is', async () => {
    for (const payload of [
      null,
      0,
      -1.5,
      'text',
      true,
      [],
      {},
      [1, [2, [3]]],
      { a: { b: [null, ''] }, ü: '\u2028' },
      1e21,
    ]) {
      const { body } = await post({ type: 'test', payload });
      expect((await api.call<Job>('GET', `/jobs/${body.id}`, { token })).body.payload).toEqual(payload);
    }
  });

  it('a delayed job is SCHEDULED until then', async () => {
    const { body } = await post({ type: 'test', delay: '5m' });
    expect(body.status).toBe('SCHEDULED');
    expect(Date.parse(body.runAt ?? '') - Date.parse(body.createdAt)).toBe(300_000);
    expect(body.nextAttemptAt).toBe(body.runAt);
    const { warnings: _, ...job } = body;
    expect((await api.call<Job>('GET', `/jobs/${body.id}`, { token })).body).toEqual(job);
  });

  it('runAt is a time with a zone; one that is past is due now', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect((await post({ type: 'test', runAt: later })).body).toMatchObject({ status: 'SCHEDULED', runAt: later });
    const { body } = await post({ type: 'test', runAt: '2020-02-29T12:00:00+02:00' });
    expect(body).toMatchObject({ status: 'PENDING', runAt: '2020-02-29T10:00:00.000Z', nextAttemptAt: null });
  });

  it('warns while no live worker handles the type, and not when one does', async () => {
    expect((await post({ type: 'nobody-runs-this' })).body.warnings).toEqual([
      expect.objectContaining({ code: 'NO_WORKER' }),
    ]);
    await standInWorker(api.database, { types: ['somebody-runs-this'] });
    await expect
      .poll(async () => (await post({ type: 'somebody-runs-this' })).body.warnings, { timeout: 5_000 })
      .toBeUndefined();
  });

  it('with strict types it refuses what no live worker handles', async () => {
    const strict = await openTestApi({ database: api.database, settings: { strictTypes: true } });
    const answer = await strict.call('POST', '/jobs', { token, body: { type: 'nobody-runs-this' } });
    expect(answer.status).toBe(422);
    expect(problemOf(answer).code).toBe('JOB_TYPE_UNKNOWN');
    await strict.close();
  });

  it('with strict types it takes what a worker runs that registered a moment ago, in a new queue and with its defaults', async () => {
    const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
    const strict = await openTestApi({ database: api.database, settings: { strictTypes: true }, clock });
    const submit = async (body: object) => (await strict.call<Job>('POST', '/jobs', { token, body })).body;
    await standInWorker(api.database, { types: ['in-two-queues'] });
    expect(await submit({ type: 'in-two-queues' })).toMatchObject({ queue: 'default' });
    await standInWorker(api.database, { types: ['in-two-queues', 'has-defaults'], queue: 'bulk' });
    const schemas = { description: null, payloadSchema: null, resultSchema: null };
    await registerTypes(api.database, [{ type: 'has-defaults', defaults: { queue: 'bulk' }, ...schemas }], '1.0.0');
    // The least time between two looks.
    clock.ahead = 100;
    expect(await submit({ type: 'in-two-queues', queue: 'bulk' })).toMatchObject({ queue: 'bulk' });
    expect(await submit({ type: 'has-defaults' })).toMatchObject({ queue: 'bulk' });
    await strict.close();
  });

  it('many at once are all stored, each once', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => post({ type: 'many', payload: n })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(200);
    const list = await api.call<Job[]>('GET', '/jobs?type=many&limit=1000', { token });
    expect(list.body.map(({ payload }) => payload).sort()).toEqual(answers.map(({ body }) => body.payload).sort());
  });

  it('counts by type, and unknown types as other', async () => {
    await expect
      .poll(async () => (await api.call('GET', '/actuator/prometheus')).text, { timeout: 5_000 })
      .toMatch(/jobs_created_total\{type="somebody-runs-this",application="test"\} [1-9]/);
    const { text } = await api.call('GET', '/actuator/prometheus');
    expect(text).toMatch(/jobs_created_total\{type="other"/);
    expect(text).not.toContain('nobody-runs-this');
    expect(text).toMatch(/jobs_created_seconds_count\{/);
  });
});
