import { expect, test } from 'vitest';
import { errorLines } from '../src/views/error.ts';
import { fitLine } from '../src/views/fit-line.ts';
import { makeStyle } from '../src/views/style.ts';
import { visibleWidth } from '../src/views/visible-width.ts';

test.each([
  ['a line that fits', '  one two', 9, ['  one two']],
  ['a sentence', '  one two three', 10, ['  one two', '    three']],
  ['a label and its text', 'Label  one two three', 15, ['Label  one two', '       three']],
  ['a word that is too long', '  one /a/path/without/spaces', 12, ['  one', '    /a/path/without/spaces']],
  ['a command to copy', '  Try:   cloudtask jobs list --all', 12, ['  Try:   cloudtask jobs list --all']],
  ['gaps within', 'a  b   c d', 8, ['a  b   c', '   d']],
])('%s', (_, line, width, lines) => {
  expect(fitLine(line, width)).toEqual(lines);
});

test('colours take no columns, and go on over the break', () => {
  const { red } = makeStyle(true);
  expect(fitLine(`  ${red('one two three')}`, 10)).toEqual(['  \u001b[31mone two', '    three\u001b[39m']);
});

test('no line of an error is wider than the terminal, but for the command that helps', () => {
  const long = 'a sentence that goes on and on, with words of every length, until it is much too wide for a terminal';
  const report = {
    message: long,
    why: long,
    tryThis: 'cloudtask jobs list',
    code: 'INVALID_PAYLOAD',
    status: 422,
    requestId: 'req_0123456789abcdef0123456789abcdef0123456789',
    issues: [
      { path: '/a', message: long },
      { path: '/b', message: long },
    ],
    stack: null,
    retryable: false,
    exit: 6,
  } as const;
  const lines = errorLines(report, makeStyle(false), { unicode: true, debug: false, width: 80 });
  expect(lines.filter((line) => visibleWidth(line) > 80)).toEqual([]);
  expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(`/b: ${long}`);
});
