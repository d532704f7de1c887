import { defineHandler } from '@cloudtask/sdk/define-handler';
import { defineJob } from '@cloudtask/sdk/define-job';
import { jsonSchema, type Schema } from '@cloudtask/sdk/schema';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { payloadSchema } from '../src/compile-json-schema.ts';
import { describeType } from '../src/describe-type.ts';
import { loadHandlers } from '../src/load-handlers.ts';
import { TestPlatform } from './support/test-platform.ts';

type Standard = Schema['~standard'] & { jsonSchema?: unknown };
const schema = (jsonSchema?: unknown): Schema => {
  const standard: Standard = { version: 1, vendor: 'test', validate: (value) => ({ value }), jsonSchema };
  return { '~standard': standard };
};

describe('what a definition says of its type', () => {
  it('is its description, its defaults and the JSON Schema of both its schemas', () => {
    const defaults = {
      queue: 'mail',
      priority: 8,
      maxAttempts: 3,
      timeout: '5m',
      backoff: { kind: 'fixed', delay: '1s' },
    } as const;
    const asked: unknown[] = [];
    const standard = schema({
      input: () => ({ type: 'string' }),
      output: (options: unknown) => {
        asked.push(options);
        return { type: 'number' };
      },
    });
    const payload = payloadSchema(Type.Object({ to: Type.String() }));
    const job = defineJob({
      type: 'mail',
      title: 'Mail',
      description: 'Sends.',
      payload,
      result: standard,
      progress: jsonSchema<{ sent: number }>({ type: 'object' }),
      sensitive: ['/to'],
      examples: [{ to: 'ada@example.com' }],
      ...defaults,
    });
    expect(describeType(job)).toEqual({
      type: 'mail',
      description: 'Sends.',
      payloadSchema: { type: 'object', required: ['to'], properties: { to: { type: 'string' } } },
      resultSchema: { type: 'number' },
      defaults,
      details: {
        title: 'Mail',
        progressSchema: { type: 'object' },
        sensitive: ['/to'],
        examples: [{ to: 'ada@example.com' }],
      },
    });
    expect(asked).toEqual([{ target: 'draft-2020-12' }]);
  });

  it.each([
    ['gives none', schema()],
    ['throws', schema({ input: () => JSON.parse('no') })],
    ['gives what is no object', schema({ input: () => 'string' })],
    ['gives what is no JSON', schema({ input: () => ({ a: 1n }) })],
  ])('is nothing about the payload when its schema %s', (_, payload) => {
    expect(describeType(defineJob({ type: 'x', payload }))).toMatchObject({ payloadSchema: null, defaults: {} });
  });

  it.each([
    ['is JSON Schema that refers to nothing', { payload: jsonSchema({ $ref: '#/$defs/gone' }) }, /"#\/\$defs\/gone"/],
    [
      'has the name of the payload before it was called so',
      { input: schema() },
      /has `input`: write `payload` instead/,
    ],
    [
      'has the name of the result before it was called so',
      { output: schema() },
      /has `output`: write `result` instead/,
    ],
  ])('keeps the worker from starting when it %s', async (_, options, why) => {
    // Made by hand: `defineHandler` would have refused it.
    const handler = { job: { type: 'x', ...options }, run: () => 1 };
    await expect(loadHandlers({ handlers: [handler] })).rejects.toThrow(why);
  });

  it.each([
    ['queue', { queue: 'a b' }],
    ['queue', { queue: 'mail:5' }],
    ['priority', { priority: 10 }],
    ['maxAttempts', { maxAttempts: 0 }],
    ['timeout', { timeout: '300d' }],
    ['soon', { timeout: 'soon' }],
    ['backoff.delay', { backoff: { kind: 'fixed', delay: '5000d' } }],
    ['backoff.factor', { backoff: { kind: 'exponential', delay: 1, factor: 0 } }],
  ])('keeps the worker from starting when no job could have it: %s', async (what, options) => {
    const handler = defineHandler({ type: 'x', ...(options as object), run: () => 1 });
    await expect(loadHandlers({ handlers: [handler] })).rejects.toThrow(what);
    await expect(loadHandlers({ handlers: [handler] })).rejects.toThrow(/the definition of "x" in .* is refused/);
  });

  it('is made known when the worker starts', async () => {
    const platform = await TestPlatform.inMemory();
    const payload = payloadSchema(Type.Object({ to: Type.String() }));
    await platform.worker([defineHandler({ type: 'mail', payload, queue: 'post', run: () => 1 })]);
    const types = await platform.query('select type, input_schema, defaults from cloudtask.job_types order by type');
    expect(types).toMatchObject([
      { type: 'email', input_schema: { type: 'object' } },
      { type: 'mail', input_schema: { required: ['to'] }, defaults: { queue: 'post' } },
      { type: 'sleep', input_schema: { type: 'object' } },
    ]);
    await platform.close();
  });

  it('may be plain JSON Schema: then server and worker check what the client did not', async () => {
    const platform = await TestPlatform.inMemory();
    const payload = jsonSchema<{ to: string }>({
      type: 'object',
      properties: { to: { type: 'string' } },
      required: ['to'],
    });
    const result = jsonSchema<{ id: string }>({ type: 'object', required: ['id'] });
    await platform.settleReports();
    const run = ({ to }: { to: string }) => (to === 'nobody' ? ({} as { id: string }) : { id: to });
    await platform.worker([defineHandler({ type: 'mail', payload, result, run })]);
    const ids = await platform.submitMany('mail', [{ to: 'ada' }, { to: 7 }, { to: 'nobody' }]);
    const ends = await Promise.all(ids.map((id) => platform.finished(id)));
    expect(ends).toMatchObject([
      { status: 'COMPLETED', result: { id: 'ada' } },
      { status: 'FAILED', reason: 'INVALID_PAYLOAD', error: { message: expect.stringContaining('/to') } },
      { status: 'FAILED', reason: 'RESULT_NOT_STORABLE' },
    ]);
    await platform.close();
  });
});
