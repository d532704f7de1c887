import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineHandler } from '../src/define-handler.ts';
import { defineJob } from '../src/define-job.ts';
import { jsonSchema, jsonSchemaOf, type SchemaInput } from '../src/schema.ts';

describe('a definition', () => {
  it('keeps what it was given, for good', () => {
    const job = defineJob({ type: 'mail', queue: 'post', sensitive: ['/to', '/a~1b/0'], examples: [{ to: 'ada' }] });
    expect(job).toEqual({ type: 'mail', queue: 'post', sensitive: ['/to', '/a~1b/0'], examples: [{ to: 'ada' }] });
    expect(Object.isFrozen(job)).toBe(true);
  });

  it.each([
    ['input', '`payload`'],
    ['output', '`result`'],
    ['retry', '`maxAttempts` and `backoff`'],
    ['retries', '`maxAttempts`'],
  ])('with `%s` is refused, and told what it is called here', (old, name) => {
    const options = { type: 'mail', [old]: z.string() };
    const why = `the definition of "mail" has \`${old}\`: write ${name} instead`;
    expect(() => defineJob(options)).toThrow(new TypeError(why));
    expect(() => defineHandler({ ...options, run: () => 1 })).toThrow(new TypeError(why));
  });

  it.each(['to', '', '/a~2', 7])('names what to mask by JSON pointers: %j is none', (pointer) => {
    expect(() => defineJob({ type: 'mail', sensitive: [pointer as string] })).toThrow(/among `sensitive`: write JSON/);
  });

  it.each(['', 'a b', 'a'.repeat(101), undefined])('needs a type that is a name: %j is none', (type) => {
    expect(() => defineJob({ type: type as string })).toThrow(TypeError);
  });
});

describe('the JSON Schema of a schema', () => {
  const dated = z.object({ at: z.iso.datetime().transform((text) => new Date(text)), n: z.number().default(1) });

  it('is that of the form that callers send', () => {
    expect(jsonSchemaOf(dated, 'input')).toMatchObject({
      properties: { at: { type: 'string', format: 'date-time' } },
      required: ['at'],
    });
  });

  it('is null where the library cannot tell it', () => {
    expect(jsonSchemaOf(dated, 'output')).toBeNull();
    expect(
      jsonSchemaOf({ '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } }, 'input'),
    ).toBeNull();
    expect(jsonSchemaOf(undefined, 'input')).toBeNull();
  });

  it('is what it was made of, for plain JSON Schema', () => {
    const plain = jsonSchema<{ to: string }>({ type: 'object', required: ['to'] });
    expectTypeOf<SchemaInput<typeof plain>>().toEqualTypeOf<{ to: string }>();
    expect(jsonSchemaOf(plain, 'input')).toEqual({ type: 'object', required: ['to'] });
  });

  it('refuses nothing in the client, where there is no validator', async () => {
    const plain = jsonSchema<string>({ type: 'string' });
    expect(await plain['~standard'].validate(7)).toEqual({ value: 7 });
  });
});
