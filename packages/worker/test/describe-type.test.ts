import { defineHandler } from '@cloudtask/sdk/define-handler';
import { defineJob, type Schema } from '@cloudtask/sdk/define-job';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { describeType } from '../src/describe-type.ts';
import { payloadSchema } from '../src/handlers/payload-schema.ts';
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
    const input = payloadSchema(Type.Object({ to: Type.String() }));
    const job = defineJob({ type: 'mail', description: 'Sends.', input, output: standard, ...defaults });
    expect(describeType(job)).toEqual({
      type: 'mail',
      description: 'Sends.',
      inputSchema: { type: 'object', required: ['to'], properties: { to: { type: 'string' } } },
      outputSchema: { type: 'number' },
      defaults,
    });
    expect(asked).toEqual([{ target: 'draft-2020-12' }]);
  });

  it.each([
    ['gives none', schema()],
    ['throws', schema({ input: () => JSON.parse('no') })],
    ['gives what is no object', schema({ input: () => 'string' })],
    ['gives what is no JSON', schema({ input: () => ({ a: 1n }) })],
  ])('is nothing about the payload when its schema %s', (_, input) => {
    expect(describeType(defineJob({ type: 'x', input }))).toMatchObject({ inputSchema: null, defaults: {} });
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
    const input = payloadSchema(Type.Object({ to: Type.String() }));
    await platform.worker([defineHandler({ type: 'mail', input, queue: 'post', run: () => 1 })]);
    const types = await platform.query('select type, input_schema, defaults from cloudtask.job_types order by type');
    expect(types).toMatchObject([
      { type: 'email', input_schema: { type: 'object' } },
      { type: 'mail', input_schema: { required: ['to'] }, defaults: { queue: 'post' } },
      { type: 'sleep', input_schema: { type: 'object' } },
    ]);
    await platform.close();
  });
});
