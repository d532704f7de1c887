import type { Json, TypeInfo } from '@cloudtask/sdk';
import { expect, test } from 'vitest';
import { examplePayload } from '../src/schema/example-of-schema.ts';

const typeOf = (payloadSchema: Json, examples: Json[] = []) =>
  ({ type: 'x', sensitive: [], examples, payloadSchema }) as unknown as TypeInfo;

const object = (properties: { [name: string]: Json }) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

test.each<[string, Json, Json]>([
  ['a number in its range', { type: 'integer', minimum: 3 }, 3],
  ['a number above', { type: 'number', exclusiveMinimum: 0, maximum: 300 }, 1],
  ['a number below', { type: 'integer', maximum: -2 }, -2],
  ['a multiple', { type: 'integer', minimum: 7, multipleOf: 5 }, 10],
  ['a narrow number', { type: 'number', minimum: 0.2, maximum: 0.4 }, 0.3],
  ['a long text', { type: 'string', minLength: 6 }, 'textte'],
  ['a short text', { type: 'string', maxLength: 2 }, 'te'],
  ['a text of a format', { type: 'string', format: 'uri' }, 'https://example.com/'],
  ['a choice', { enum: ['low', 'high'] }, 'low'],
  ['a default', { type: 'integer', default: 4 }, 4],
  ['an example of its own', { type: 'string', pattern: '^[A-Z]{3}$', examples: ['ABC'] }, 'ABC'],
  ['null or a text', { type: ['null', 'string'] }, 'text'],
  ['a list', { type: 'array', items: { type: 'boolean' }, minItems: 2 }, [true, true]],
])('%s fits', (_, schema, value) => {
  const { payload, misfits } = examplePayload(typeOf(object({ it: schema })));
  expect(misfits).toEqual([]);
  expect((payload as { it: number }).it).toEqual(typeof value === 'number' ? expect.closeTo(value) : value);
});

test('what has to be there is there, and no more; where nothing has to, all is', () => {
  const optional = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'null' } } };
  expect(examplePayload(typeOf({ ...optional, required: ['a'] })).payload).toEqual({ a: 'text' });
  expect(examplePayload(typeOf(optional)).payload).toEqual({ a: 'text', b: null });
});

test('an example of the author counts when it fits', () => {
  const schema = object({ n: { type: 'integer' } });
  expect(examplePayload(typeOf(schema, [{ n: 'x' }, { n: 7 }])).payload).toEqual({ n: 7 });
});

test('what no text is found for is said', () => {
  const { misfits } = examplePayload(typeOf(object({ code: { type: 'string', pattern: '^[A-Z]{3}$' } })));
  expect(misfits).toEqual([expect.stringMatching(/^\/code must be string/)]);
});

test('a schema that holds itself ends', () => {
  const schema = { ...object({ below: { $ref: '#' } }) };
  expect(JSON.stringify(examplePayload(typeOf(schema)).payload)).toMatch(/^\{"below":/);
});
