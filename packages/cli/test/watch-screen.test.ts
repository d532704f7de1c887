import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import { expectAlignedBoxes, expectScreen } from './support/golden-screen.ts';
import { startPlatform } from './support/platform.ts';
import { hasScript, openTerminal, type TerminalWish } from './support/terminal.ts';

// A real platform, the command in a real terminal, and the screen as a terminal keeps it.
let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  if (hasScript) platform = await startPlatform();
}, 70_000);
afterAll(() => platform?.close());
beforeEach((context) => context.skip(!hasScript, 'there is no `script` here to make a terminal'));

const ct = async (line: string) => (await platform.run(line.split(' '))).stdout.trim();
const watch = (args: string, wish: Partial<TerminalWish> = {}) =>
  openTerminal(`watch ${args}`.split(' '), { folder: platform.folder, ...wish });

test('one job: what it says scrolls by, and its last frame with every attempt stays', { timeout: 60_000 }, async () => {
  // Nothing happens before the frame is there.
  await ct('queues pause default');
  const id = await ct('submit test.told steps:=6 stepMs:=250 failFirst:=1');
  const terminal = await watch(`${id} --from start`);
  await terminal.sees('○ pending');
  await ct('queues resume default');
  await terminal.sees(/● running {3}attempt \d of 5 {3}queue default {3}worker/);
  await terminal.sees(/█+░+ {2}\d+%.*step \d of 6/);
  expect(await terminal.ended).toBe(0);
  expectAlignedBoxes(terminal.screen());
  await expectScreen('watch-one-80x24', terminal.screen());
  expect(terminal.isCursorHidden()).toBe(false);
});

test('a failed job is exit 3 and shows why, at 120x40 with its whole id', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=1 fail=disk-full');
  const terminal = await watch(id, { columns: 120, rows: 40 });
  expect(await terminal.ended).toBe(3);
  expect(terminal.screen().join('\n')).toContain(id);
  await expectScreen('watch-failed-120x40', terminal.screen());
});

test('keys: the payload, the log off, and cancel after a yes only', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=600 stepMs:=100');
  const terminal = await watch(id);
  await terminal.type('i payload', 'i');
  await terminal.type('"stepMs": 100', 'i');
  await terminal.type('l logs off', 'l');
  await terminal.type('l logs on', 'c');
  await terminal.type('Cancel this job? (y/N)', 'n');
  await terminal.type('c cancel', 'c');
  await terminal.type('Cancel this job? (y/N)', 'y');
  expect(await terminal.ended).toBe(3);
  expect(terminal.screen().join('\n')).toContain('⊘ cancelled');
});

test('q and Ctrl-C stop watching, not the job, and say how to cancel it', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=600 stepMs:=100');
  for (const key of ['q', '\u0003']) {
    const terminal = await watch(id);
    await terminal.type('q stop watching', key);
    expect(await terminal.ended).toBe(130);
    expect(terminal.screen().join('\n')).toContain('Stopped watching. The job goes on. Cancel: cloudtask cancel');
    expect(terminal.isCursorHidden()).toBe(false);
  }
  expect(await ct(`jobs show ${id} --fields status`)).toBe('status\tRUNNING');
  await ct(`cancel ${id}`);
});

test('a window that becomes narrow and low gets a frame that fits', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=600 stepMs:=100');
  const terminal = await watch(`${id} --no-logs`, { columns: 100, rows: 30 });
  await terminal.sees('q stop watching');
  await terminal.resize(40, 10);
  await terminal.sees(/^╭ test.told · [0-9a-f]{8} ─+╮$/m);
  await terminal.sees(/^╰.{38}╯$/m);
  const frame = terminal.screen();
  expect(Math.max(...frame.map(({ length }) => length))).toBeLessThanOrEqual(40);
  await terminal.resize(100, 30);
  await terminal.sees(new RegExp(`^╭ test.told · ${id} ─+╮$`, 'm'));
  terminal.keys('q');
  await terminal.ended;
  await ct(`cancel ${id}`);
});

test('two hundred lines a second are all there, in about ten frames a second', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=30 stepMs:=100 linesPerStep:=20 --delay 2s');
  const terminal = await watch(id);
  await terminal.sees(/step \d+ line \d+/);
  const startedAt = Date.now();
  expect(await terminal.ended).toBe(0);
  const seconds = (Date.now() - startedAt) / 1_000;
  const said = terminal.scrollback().filter((line) => /step \d+ line \d+$/.test(line));
  expect(said.length).toBe(600);
  // Each frame draws the upper border anew.
  const frames = terminal.written().split('╭ ').length - 1;
  expect(frames / seconds).toBeLessThan(15);
});

test('many jobs are a table, and the end of all is the end of the watch', { timeout: 60_000 }, async () => {
  await ct('queues pause held');
  const ids = [
    await ct('submit test.told steps:=2'),
    await ct('submit test.told fail=disk-full'),
    await ct('submit test.told steps:=600 stepMs:=100'),
    await ct('submit test.told -Q held'),
  ];
  const terminal = await watch(ids.join(' '), { columns: 120, rows: 40 });
  await terminal.sees('1 completed');
  await terminal.sees('1 failed');
  await terminal.sees(/● running .* step \d+ of 600/);
  await terminal.sees('4 jobs · 1 pending · 1 running · 1 completed · 1 failed');
  await ct(`cancel ${ids[2]} ${ids[3]}`);
  expect(await terminal.ended).toBe(3);
  await expectScreen('watch-many-120x40', terminal.screen());
});

test('more jobs than rows: the running and the failed ones, and how many there are', { timeout: 60_000 }, async () => {
  await ct('queues pause held');
  const before = await ct('submit test.told fail=disk-full --tag crowd');
  for (let nth = 0; nth < 20; nth++) await ct('submit test.told -Q held --tag crowd');
  const terminal = await watch('--tag crowd', { columns: 80, rows: 12 });
  await terminal.sees(/… and \d+ more/);
  await terminal.sees(/✗ failed .*disk-full/);
  expect(terminal.screen().length).toBeLessThanOrEqual(11);
  // A filter has no end: what comes later joins.
  await ct('submit test.told steps:=600 stepMs:=100 --tag crowd');
  await terminal.sees('1 running');
  await terminal.type('22 jobs', 'q');
  expect(await terminal.ended).toBe(130);
  expect(before).not.toBe('');
  await platform.run(['cancel', '--tag', 'crowd', '--yes']);
});

test('--fail-fast ends with the first job that fails, --notify rings', { timeout: 60_000 }, async () => {
  const long = await ct('submit test.told steps:=600 stepMs:=100 --tag fast');
  const failing = await ct('submit test.told steps:=3 fail=disk-full --tag fast');
  const terminal = await watch(`${long} ${failing} --fail-fast --notify`);
  expect(await terminal.ended).toBe(3);
  expect(terminal.written()).toContain('\u0007');
  await ct(`cancel ${long}`);
});

test('ids on stdin are watched too, without keys', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=5 --delay 1s');
  const terminal = await watch('- --timeout 30s', { before: `echo ${id} | ` });
  await terminal.sees('╰──');
  expect(await terminal.ended).toBe(0);
  expect(terminal.written()).not.toContain('q stop watching');
});

test('a connection that was cut comes back, with a word about it', { timeout: 60_000 }, async () => {
  const proxy = await startTcpProxy(platform.url);
  const id = await ct('submit test.told steps:=60 stepMs:=100');
  const env = {
    CLOUDTASK_TOKEN: await ct(`tokens create t-${Date.now()} --scope jobs:write`),
    CLOUDTASK_URL: proxy.url,
  };
  const terminal = await watch(`${id} --from start`, { env });
  await terminal.sees(/step \d+ line 1/);
  proxy.cut();
  await terminal.sees(/— reconnected, \d+ events? replayed/);
  expect(await terminal.ended).toBe(0);
  const said = terminal.scrollback().filter((line) => /step \d+ line \d+$/.test(line));
  expect(said.length).toBe(60);
  await proxy.close();
});

test.each([
  ['CI', { CI: 'true' }],
  ['a dumb terminal', { TERM: 'dumb' }],
  ['a screen reader', { INK_SCREEN_READER: 'true' }],
])('%s gets a line for each change', { timeout: 60_000 }, async (_, env) => {
  const id = await ct('submit test.told steps:=2');
  const terminal = await watch(id, { env: { NO_COLOR: '1', ...env } });
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen().join('\n')).toMatch(/✓ test.told [0-9a-f]{8} {2}completed/);
  expect(terminal.written()).not.toContain('╭');
});

test('SIGTERM leaves a terminal that works', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=600 stepMs:=100');
  const terminal = await watch(id);
  await terminal.sees('q stop watching');
  await terminal.signal('SIGTERM');
  expect(await terminal.ended).toBe(143);
  expect(terminal.isCursorHidden()).toBe(false);
  await ct(`cancel ${id}`);
});
