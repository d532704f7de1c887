import { expect, test } from 'vitest';
import { readPayload } from '../src/submit/fields.ts';

const files: Record<string, string> = { 'mail.txt': 'Dear Ada,\n', 'spec.json': '{"a":[1]}', '-': 'from stdin' };
const read = async (path: string) => files[path] ?? '';
const payloadOf = (...fields: string[]) => readPayload(read, { fields });

test.each([
  [['to=ada@example.com', 'subject=a=b'], { to: 'ada@example.com', subject: 'a=b' }],
  [['zip=01234', 'n:=3', 'flag:=true', 'x:=null', 'empty='], { zip: '01234', n: 3, flag: true, x: null, empty: '' }],
  [['tags:=["a","b"]'], { tags: ['a', 'b'] }],
  [['body=@mail.txt', 'spec:=@spec.json', 'in=@-'], { body: 'Dear Ada,\n', spec: { a: [1] }, in: 'from stdin' }],
  [['user.name=Ada', 'user[age]:=36'], { user: { name: 'Ada', age: 36 } }],
  [['tags[]=a', 'tags[]=b'], { tags: ['a', 'b'] }],
  [['items[].sku=a', 'items[0].n:=2', 'items[].sku=b'], { items: [{ sku: 'a', n: 2 }, { sku: 'b' }] }],
  [['items[0].sku=a', 'a[0][b]=c'], { items: [{ sku: 'a' }], a: [{ b: 'c' }] }],
  [['byYear[2026]=y', 'prices[10025]:=3'], { byYear: { 2026: 'y' }, prices: { 10025: 3 } }],
  [['a.0=x', 'year.2026=y'], { a: { 0: 'x' }, year: { 2026: 'y' } }],
  [['time=12:30'], { time: '12:30' }],
])('%j', async (fields, payload) => {
  expect(await payloadOf(...fields)).toEqual(payload);
});

test('fields are laid over a whole payload', async () => {
  expect(await readPayload(read, { payload: '{"a":1,"b":{"c":2}}', fields: ['b.d=x', 'a:=9'] })).toEqual({
    a: 9,
    b: { c: 2, d: 'x' },
  });
  expect(await readPayload(read, { payload: '@spec.json', fields: [] })).toEqual({ a: [1] });
  expect(await readPayload(read, { fields: [] })).toBeUndefined();
});

test.each([
  ['nonsense', /no field/],
  ['n:=three', /not JSON/],
  ['=x', /no field/],
  ['a..b=x', /empty name/],
  ['a[=x', /bracket/],
  ['__proto__.admin:=true', /__proto__/],
])('%s is refused', async (field, message) => {
  await expect(payloadOf(field)).rejects.toThrow(message);
});

test('a list has no holes', async () => {
  await expect(payloadOf('tags[]=a', 'tags[2]=c')).rejects.toThrow('tags has 1 item, and no place 2');
});

test('a list is not named into: it says which of it could be meant', async () => {
  await expect(payloadOf('items[].sku=a', 'items.sku=b')).rejects.toMatchObject({
    message: 'items is a list, and sku is no place in it',
    why: 'Say which of it: items[0].sku=… is of the first one, items[].sku=… of a new one.',
  });
});

test('a payload that is no object takes no fields', async () => {
  await expect(readPayload(read, { payload: '[1]', fields: ['a=1'] })).rejects.toThrow(/object/);
});

test('names of the object prototype are names like others', async () => {
  expect(JSON.stringify(await payloadOf('constructor=x', 'toString.a=1'))).toBe(
    '{"constructor":"x","toString":{"a":"1"}}',
  );
});
