import { beforeEach, expect, test, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { aJob } from '../../sdk/test/support/play-server.ts';
import { closest } from '../src/closest.ts';
import { answerEach, answerList, answerOne } from '../src/output/answer.ts';
import { pickFields } from '../src/output/pick-fields.ts';
import { jobKind } from '../src/views/job-kind.ts';
import { printable } from '../src/views/printable.ts';
import { formatAge, formatDuration } from '../src/views/time.ts';
import { yamlText } from '../src/views/yaml.ts';
import { outputFor } from './support/output-for.ts';

const now = Date.parse('2026-11-23T12:02:00Z');
beforeEach(() => void vi.useFakeTimers({ now, toFake: ['Date'] }));
const failed = aJob({
  status: 'FAILED',
  attempt: 3,
  maxAttempts: 3,
  error: {
    code: 'ERROR',
    name: 'E',
    message: 'ENOSPC:\tno space\nleft on device',
    attempt: 3,
    retryable: true,
    fingerprint: 'f',
  },
});

test('the table fits the terminal, and cuts only its last column', () => {
  const { out, lines } = outputFor('human', { width: 72 });
  answerList(out, [aJob({ type: 'a.long.type.name' }), failed], jobKind, { none: '' });
  expect(lines()).toEqual([
    '  JOB       TYPE              STATUS     ATTEMPT  AGE  ERROR',
    '  00000001  a.long.type.name  ○ pending  0/5      2m',
    '  00000001  email             ✗ failed   3/3      2m   ENOSPC: no space…',
  ]);
});

test('a pipe gets whole values without a header, a job a line', () => {
  const { out, lines } = outputFor('tsv');
  answerList(out, [failed], jobKind, { none: '' });
  expect(lines()).toEqual([
    '0199d0f4-0000-7000-8000-000000000001\temail\tFAILED\t3/3\t2026-11-23T12:00:00.000Z\tdefault\tENOSPC: no space left on device',
  ]);
});

test("other people's text cannot steer the terminal", () => {
  expect(printable('a\u001b]0;pwned\u0007b\r\nc\u202ed')).toBe('a ]0;pwned b c d');
});

test('JSON and YAML hold nothing that a terminal obeys, and are read back as they were', () => {
  const value = { text: 'a\u009b31m\u202eb\u001b[0m' };
  for (const [mode, read] of [
    ['json', JSON.parse],
    ['jsonl', JSON.parse],
    ['yaml', (text: string) => parse(text) as unknown],
  ] as const) {
    const { out, text } = outputFor(mode);
    out.data(value);
    expect(text()).toMatch(/^[\n -~]*$/);
    expect(read(text())).toEqual(value);
  }
});

test.each([
  [312, '312ms'],
  [1_149, '1.1s'],
  [42_900, '42s'],
  [125_000, '2m 5s'],
  [10_920_000, '3h 2m'],
  [4 * 86_400_000, '4d'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('an age is the largest unit', () => {
  expect([400, 4_300, 125_000].map(formatAge)).toEqual(['0s', '4s', '2m']);
});

test('a typing error is near its word, another word is not', () => {
  const known = ['submit', 'watch', 'jobs list', 'login'];
  expect(closest('sumbit', known)).toBe('submit');
  expect(closest('whach', known)).toBe('watch');
  expect(closest('deploy', known)).toBeUndefined();
});

test('fields are picked by path, and null when absent', () => {
  expect(pickFields(failed, ['id', 'error.code', 'no.such', 'constructor'])).toEqual({
    id: failed.id,
    'error.code': 'ERROR',
    'no.such': null,
    constructor: null,
  });
});

test('each mode shows the same things in its form', () => {
  const shown = (mode: string) => {
    const { out, text } = outputFor(mode);
    answerList(out, [failed, aJob()], jobKind, { none: 'No jobs.' });
    return text();
  };
  expect(JSON.parse(shown('json'))).toEqual([failed, aJob()]);
  expect(
    shown('jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([failed, aJob()]);
  expect(parse(shown('yaml'))).toEqual([failed, aJob()]);
  expect(shown('id')).toBe(`${failed.id}\n${failed.id}\n`);
  expect(shown('none')).toBe('');
  expect(shown('wide')).toContain(`${failed.id}  email  ✗ failed   3/3      2m   default  5`);
  expect(shown('wide')).toContain('ENOSPC: no space left on device');
});

test('--fields is obeyed in every mode, and names what there is when it is empty', () => {
  const shown = (mode: string, fields: string) => {
    const { out, text } = outputFor(mode);
    answerList(out, [failed], jobKind, { none: '', fields });
    return text();
  };
  expect(shown('tsv', 'status,error.code')).toBe('FAILED\tERROR\n');
  expect(shown('human', 'status,error.code')).toBe('  status  error.code\n  FAILED  ERROR\n');
  expect(JSON.parse(shown('json', 'status'))).toEqual([{ status: 'FAILED' }]);
  expect(parse(shown('yaml', 'error.code'))).toEqual([{ 'error.code': 'ERROR' }]);
  expect(() => shown('json', '')).toThrow('which fields?');
});

test('one thing is pairs in a pipe, and its id with -o id', () => {
  const shown = (mode: string, fields?: string) => {
    const { out, text } = outputFor(mode);
    answerOne(out, failed, jobKind, fields);
    return text();
  };
  expect(shown('tsv')).toContain('status\tFAILED\n');
  expect(shown('id')).toBe(`${failed.id}\n`);
  expect(shown('none', 'id')).toBe('');
  expect(shown('yaml', 'id,error.attempt')).toBe(`id: "${failed.id}"\nerror.attempt: 3\n`);
});

test('nothing to list is an empty answer, and a word on stderr for people only', () => {
  const [human, json, id] = ['human', 'json', 'id'].map((mode) => {
    const made = outputFor(mode);
    answerList(made.out, [], jobKind, { none: 'No jobs.' });
    return made;
  });
  expect([human?.text(), human?.said()]).toEqual(['', 'No jobs.\n']);
  expect([json?.text(), json?.said()]).toEqual(['[]\n', '']);
  expect([id?.text(), id?.said()]).toEqual(['', '']);
});

test('what comes bit by bit is lines of JSON, or documents of YAML', () => {
  const { out, text } = outputFor('yaml');
  for (const job of [failed, aJob()]) answerEach(out, [job], jobKind, { none: '' });
  expect(parseAllDocuments(text()).map((each) => each.toJS() as unknown)).toEqual([failed, aJob()]);
});

test.each([
  null,
  true,
  -1.5e300,
  '',
  ' led by space',
  'yes',
  'null',
  '~',
  '0x1F',
  '1_000',
  '12:30:45',
  '2026-11-28',
  'a: b',
  '# no comment',
  '- no item',
  'line\nbreak\ttab "quote" \\ \u0000 \u0085 \u2028 \ufeff é 😀',
  [],
  {},
  [[1, [2, []]], { a: {} }],
  { 'a b': [{ c: null, d: [{ e: 'x' }] }], yes: 'no', '': 'empty key', '1': 1, 'a: b': { '-': '?' } },
])('YAML of %j is read back as the same', (value) => {
  expect(parse(yamlText(value))).toEqual(value);
  expect(parse(yamlText({ nested: [value] }))).toEqual({ nested: [value] });
  expect(parse(yamlText(value), { version: '1.1' })).toEqual(value);
});

test('a table of long names fits the terminal: the widest column gives way', () => {
  const { out, lines } = outputFor('human', { width: 60 });
  answerList(out, [aJob({ type: 'a.name.that.is.much.too.long.for.any.terminal' })], jobKind, { none: '' });
  expect(Math.max(...lines().map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(lines()[1]).toMatch(/^ {2}00000001 {2}a\.name\.tha.*… {2}○ pending/);
});
