import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { hoistGlobalFlags } from '../src/hoist-flags.ts';
import { Output } from '../src/output/output.ts';
import { type PresentationInput, presentationOf } from '../src/output/presentation.ts';

const terminal: PresentationInput = {
  flags: {},
  env: { LANG: 'C.UTF-8', TERM: 'xterm' },
  tty: { stdin: true, stdout: true, stderr: true },
  columns: 100,
};
const pipe = { stdin: false, stdout: false, stderr: false };
const look = (more: Partial<PresentationInput>) => presentationOf({ ...terminal, ...more });

test('a terminal gets colours, a live line, hints and questions', () => {
  expect(look({})).toMatchObject({
    mode: 'human',
    live: true,
    screen: true,
    mayAsk: true,
    hints: true,
    unicode: true,
    color: { stdout: true, stderr: true },
  });
});

test('a pipe gets bare lines and nothing else', () => {
  expect(look({ tty: pipe })).toMatchObject({
    mode: 'plain',
    live: false,
    mayAsk: false,
    hints: false,
    color: { stdout: false, stderr: false },
  });
});

test('each stream is looked at by itself: a captured answer can still be asked for', () => {
  expect(look({ tty: { stdin: true, stdout: false, stderr: true } })).toMatchObject({
    mode: 'plain',
    mayAsk: true,
    live: true,
    color: { stdout: false, stderr: true },
  });
});

test.each([
  ['CI', { env: { ...terminal.env, CI: 'true' } }, { live: false, mayAsk: false }],
  [
    'a dumb terminal',
    { env: { TERM: 'dumb' } },
    { live: false, screen: false, color: { stdout: false, stderr: false } },
  ],
  ['NO_COLOR', { env: { ...terminal.env, NO_COLOR: '1' } }, { color: { stdout: false, stderr: false }, live: true }],
  ['no UTF-8', { env: { LANG: 'C' } }, { unicode: false }],
  ['--no-input', { flags: { input: false } }, { mayAsk: false }],
  ['--quiet', { flags: { quiet: true } }, { live: false, screen: false, hints: false }],
  ['a screen reader', { env: { ...terminal.env, INK_SCREEN_READER: 'true' } }, { live: true, screen: false }],
  ['--json', { flags: { json: true } }, { mode: 'json', live: false, screen: false, mayAsk: false, hints: false }],
  ['CLOUDTASK_OUTPUT', { env: { ...terminal.env, CLOUDTASK_OUTPUT: 'json' } }, { mode: 'json' }],
  ['-o over --json', { flags: { json: true, output: 'id' } }, { mode: 'id' }],
  ['-o wide', { flags: { output: 'wide' }, tty: pipe }, { mode: 'human', isWide: true }],
  ['-o yaml', { flags: { output: 'yaml' } }, { mode: 'yaml', mayAsk: false, hints: false }],
  ['-o tsv', { flags: { output: 'tsv' } }, { mode: 'plain' }],
])('%s', (_, input, expected) => {
  expect(look(input)).toMatchObject(expected);
});

test.each([
  ['--profile prod jobs list', 'jobs list --profile prod'],
  ['--json jobs list -n 5', 'jobs list -n 5 --json'],
  ['--url=http://x -q submit email -- -a', 'submit email --url=http://x -q -- -a'],
  ['jobs list --json', 'jobs list --json'],
  ['--version', '--version'],
  ['--json', '--json'],
])('global flags may stand first: %s', (given, expected) => {
  expect(hoistGlobalFlags(given.split(' ')).join(' ')).toBe(expected);
});

test('an answer without end waits for a reader that is slow', async () => {
  const [stdout, stderr] = [new PassThrough({ highWaterMark: 8 }), new PassThrough()];
  const tty = { stdin: false, stdout: false, stderr: false };
  const look = presentationOf({ flags: {}, env: {}, tty, columns: 80 });
  const out = new Output(look, { stdout, stderr } as never);
  await out.drained();
  out.answer('more than that');
  let isDrained = false;
  const drained = out.drained().then(() => {
    isDrained = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDrained).toBe(false);
  stdout.resume();
  await drained;
});
