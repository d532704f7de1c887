import type { Json } from '@cloudtask/sdk';
import { expect, test } from 'vitest';
import { fieldCompletions } from '../src/completion/field-completions.ts';
import { convertFields } from '../src/schema/convert-fields.ts';
import { nearMisses } from '../src/schema/near-misses.ts';
import { schemaIssues } from '../src/schema/schema-issues.ts';
import { readPayload } from '../src/submit/fields.ts';
import { readJsonc } from '../src/submit/jsonc.ts';
import { payloadTemplate } from '../src/submit/payload-template.ts';
import { schemaLines } from '../src/views/schema-lines.ts';

const SCHEMA: Json = {
  type: 'object',
  properties: {
    n: { type: 'integer', minimum: 1, maximum: 9 },
    ratio: { type: 'number' },
    zip: { type: 'string' },
    flag: { type: 'boolean' },
    maybe: { type: ['integer', 'null'] },
    nick: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    either: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'integer' }] },
    level: { enum: ['low', 'high', 3] },
    only: { const: true },
    tags: { type: 'array', items: { type: 'string' } },
    counts: { type: 'array', items: { $ref: '#/$defs/count' } },
    pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] },
    user: { $ref: '#/$defs/user' },
    both: {
      allOf: [{ type: 'object', properties: { a: { type: 'integer' } } }, { properties: { b: { type: 'boolean' } } }],
    },
    any: true,
    limits: { type: 'object', additionalProperties: { type: 'integer' } },
    shape: {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'circle' }, r: { type: 'number' } } },
        { type: 'object', properties: { kind: { const: 'text' }, value: { type: 'string' } } },
      ],
    },
    pin: { type: 'integer' },
  },
  additionalProperties: false,
  $defs: {
    count: { type: 'integer' },
    user: {
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' }, boss: { $ref: '#/$defs/user' } },
      required: ['name'],
      additionalProperties: false,
    },
  },
};
const TYPE = { type: 'demo', payloadSchema: SCHEMA, sensitive: ['/pin'] };
const payloadOf = (fields: string[], schema: Json | null = SCHEMA) =>
  readPayload(async () => '7', {
    fields,
    convert: async (each) => convertFields({ ...TYPE, payloadSchema: schema }, each),
  });

test.each([
  [['n=3', 'ratio=1.5e2', 'zip=01234', 'flag=true'], { n: 3, ratio: 150, zip: '01234', flag: true }],
  [['maybe=4'], { maybe: 4 }],
  [['maybe=null'], { maybe: null }],
  [['maybe='], { maybe: null }],
  [['nick=null', 'zip='], { nick: 'null', zip: '' }],
  [['either=7'], { either: 7 }],
  [['either=0199d0f4-0000-7000-8000-000000000001'], { either: '0199d0f4-0000-7000-8000-000000000001' }],
  [['level=high', 'only=true'], { level: 'high', only: true }],
  [['level=3'], { level: 3 }],
  [['tags=a'], { tags: ['a'] }],
  [['tags=["a","b"]', 'counts=7'], { tags: ['a', 'b'], counts: [7] }],
  [['tags='], { tags: [] }],
  [['counts[]=1', 'counts[]=2'], { counts: [1, 2] }],
  [['pair[]=1', 'pair[1]=2'], { pair: ['1', 2] }],
  [['user.name=1', 'user.age=36', 'user.boss.age=50'], { user: { name: '1', age: 36, boss: { age: 50 } } }],
  [['user={"name":"Ada"}'], { user: { name: 'Ada' } }],
  [['both.a=1', 'both.b=false'], { both: { a: 1, b: false } }],
  [['any=3', 'any='], { any: '' }],
  [['limits.x=3'], { limits: { x: 3 } }],
  [['shape.kind=circle', 'shape.r=2'], { shape: { kind: 'circle', r: 2 } }],
  [['shape.kind=text', 'shape.value=2'], { shape: { kind: 'text', value: '2' } }],
  [['n=@seven', 'zip:=5'], { n: 7, zip: 5 }],
])('%j is what the schema wants', async (fields, payload) => {
  expect(await payloadOf(fields)).toEqual(payload);
});

test('without a schema text stays text', async () => {
  expect(await payloadOf(['n=3', 'flag=true'], null)).toEqual({ n: '3', flag: 'true' });
  expect(await payloadOf(['n=3', 'x=4'], true)).toEqual({ n: '3', x: '4' });
});

test.each([
  ['n=three', 'n cannot be "three"', 'demo wants integer (1…9) there.'],
  ['n=1.5', 'n cannot be "1.5"', 'integer'],
  ['n=007', 'n cannot be "007"', 'integer'],
  ['n=90071992547409930', 'n cannot be', 'integer'],
  ['flag=yes', 'flag cannot be "yes"', 'boolean'],
  ['level=hgih', 'level cannot be "hgih"', 'low | high | 3 there. Did you mean high?'],
  ['tags=[1', 'tags cannot be "[1"', 'list of string'],
  ['user.age=old', 'user.age cannot be "old"', 'integer'],
  ['counts[]=x', 'counts[] cannot be "x"', 'integer'],
  ['zpi=1', 'demo has no field zpi', 'Did you mean zip?'],
  ['user.nmae=x', 'user of demo has no field nmae', 'Did you mean name?'],
  ['qqqqqqq=1', 'demo has no field qqqqqqq', 'There are n, ratio'],
])('%s is refused before it is sent', async (field, message, why) => {
  await expect(payloadOf([field])).rejects.toMatchObject({
    exit: 2,
    message: expect.stringContaining(message),
    why: expect.stringContaining(why),
  });
});

test('the value of a sensitive field is not repeated', async () => {
  const refused = await payloadOf(['pin=hunter2']).catch((error: unknown) => error);
  expect(refused).toMatchObject({ message: 'pin cannot be this' });
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});

test('a payload is looked at member by member; what is not known of a schema refuses nothing', () => {
  const issues = (value: Json) => schemaIssues(SCHEMA, value).map(({ path, message }) => `${path} ${message}`);
  expect(issues({ n: 3, user: { name: 'x' }, shape: { kind: 'text', value: 'x' } })).toEqual([]);
  expect(issues({ n: 10 })).toEqual(['/n must be integer (1…9)']);
  expect(issues({ tags: ['a', 1] })).toEqual(['/tags/1 must be string']);
  expect(issues({ user: { age: 1 } })).toEqual(['/user/name is missing']);
  expect(issues({ 'a/b': 1 })).toEqual(['/a~1b is not a member']);
  expect(issues([])).toEqual([' must be object']);
  expect(issues({ maybe: 'x' })).toEqual(['/maybe must be integer | null']);
  expect(schemaIssues({ not: {}, if: {}, minProperties: 9, format: 'tz' }, {})).toEqual([]);
  expect(schemaIssues({ type: 'string', pattern: '[' }, 'x')).toEqual([]);
});

test('a schema that holds itself, or leads nowhere, has an end', () => {
  const endless: Json = { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#' }] } } };
  expect(schemaIssues(endless, { x: 1 })).toEqual([]);
  expect(schemaLines(endless)).toHaveLength(1);
  expect(schemaLines(SCHEMA).join('\n')).toContain('boss');
  expect(schemaIssues({ $ref: '#/$defs/none' }, 1)).toEqual([]);
});

test('completion offers names with an = and the values that there are', () => {
  const words = fieldCompletions(SCHEMA, '');
  expect(words).toEqual(expect.arrayContaining(['n=', 'tags[]=', 'user.name=', 'user.boss.age=']));
  expect(fieldCompletions(SCHEMA, 'level=')).toEqual(['level=low', 'level=high', 'level=3']);
  expect(fieldCompletions(SCHEMA, 'level:=')).toEqual(['level:="low"', 'level:="high"', 'level:=3']);
  expect(fieldCompletions(SCHEMA, 'flag=t')).toEqual(['flag=true', 'flag=false']);
  expect([fieldCompletions(SCHEMA, 'zip='), fieldCompletions(null, '')]).toEqual([[], []]);
});

test('JSON with comments and last commas is read, and text in quotes is left alone', () => {
  expect(readJsonc('{ // a "b"\n "a": "http://x, }", /* n */ "b": [1, 2,],\n}\n')).toEqual({
    a: 'http://x, }',
    b: [1, 2],
  });
  expect(() => readJsonc('{,}')).toThrow(SyntaxError);
});

test('a template is JSON with comments that fits, with what was given in it', () => {
  const schema: Json = {
    type: 'object',
    properties: {
      to: { type: 'string', description: 'whom' },
      level: { enum: ['low', 'high'] },
      user: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
      cc: { type: 'object', properties: { name: { type: 'string' } } },
      n: { type: 'integer', default: 3 },
    },
    required: ['to', 'level', 'user'],
  };
  const text = payloadTemplate({ type: 'mail', schema, sensitive: ['/to'], given: { n: 5, more: [1] } });
  expect(text).toContain('// string, has to be there, SENSITIVE: whom\n  "to": "",');
  expect(readJsonc(text)).toEqual({ to: '', level: 'low', user: { name: '' }, n: 5, more: [1] });
  const whole = text.replace(/^ {2}\/\/ (?=[ "}])/gm, '  ');
  expect(readJsonc(whole)).toMatchObject({ cc: {} });
  expect(readJsonc(payloadTemplate({ type: 'x', schema: null, sensitive: [], given: undefined }))).toEqual({});
});

test('a name that an open schema lets through is near one that is missing, and only then', () => {
  const open: Json = {
    type: 'object',
    properties: { subject: {}, to: {}, user: { type: 'object', properties: { email: {}, age: {} } } },
  };
  expect(nearMisses(open, { subjcet: 'Hi', to: 'a', user: { emial: 'x' } })).toEqual([
    { path: 'subjcet', meant: 'subject' },
    { path: 'user.emial', meant: 'user.email' },
  ]);
  expect(nearMisses(open, { subject: 'Hi', subjcet: 'Hi', ti: 'a', note: 'x', user: null })).toEqual([]);
  expect(nearMisses({ ...open, patternProperties: { '^s': {} } }, { subjcet: 'Hi' })).toEqual([]);
  expect(nearMisses(true, { anything: 1 })).toEqual([]);
});
