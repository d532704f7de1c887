import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { ownFolder } from '../../../test/support/own-folder.ts';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import type { TopSnapshot } from '../src/live/read-top.ts';
import { expectAlignedBoxes, expectScreen } from './support/golden-screen.ts';
import { startPlatform } from './support/platform.ts';
import { hasScript, openTerminal, type TerminalWish } from './support/terminal.ts';

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
  await ct('submit test.told steps:=1 --wait');
  await ct('submit test.told fail=disk-full --wait');
  await ct('queues pause held');
  await ct('submit test.told -Q held');
  await ct('submit test.told steps:=1 stepMs:=600000');
}, 70_000);
afterAll(() => platform.close());
beforeEach((context) => context.skip(!hasScript, 'there is no `script` here to make a terminal'));

// biome-ignore lint/suspicious/noControlCharactersInRegex: what makes colours begins with one.
const RED_BAR = /\u001b\[31m[^\n]* · production · /;

const ct = async (line: string) => (await platform.run(line.split(' '))).stdout.trim();
const top = (args: string, wish: Partial<TerminalWish> = {}) =>
  openTerminal(`top ${args}`.trim().split(' '), { folder: platform.folder, ...wish });

test.each([
  [80, 24],
  [120, 40],
])('all of it at %ix%i, and nothing of it afterwards', { timeout: 60_000 }, async (columns, rows) => {
  const terminal = await top('', { columns, rows });
  // Workers tell with each heartbeat what they run.
  await terminal.sees(/ 1 running/);
  await terminal.sees(/held +1 .*paused/);
  expect(terminal.isAlternate()).toBe(true);
  // A frame is written in pieces.
  await eventually(() => terminal.screen().length === rows);
  if (columns < 110) expectAlignedBoxes(terminal.screen());
  await expectScreen(`top-${columns}x${rows}`, terminal.screen());
  terminal.keys('q');
  expect(await terminal.ended).toBe(0);
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.isCursorHidden()).toBe(false);
  expect(terminal.screen()).toEqual([]);
});

test('on a production server the bar is red and says so, and keys change something only with --no-readonly', {
  timeout: 60_000,
}, async () => {
  const folder = await ownFolder('production-top');
  await cp(join(platform.folder, 'config'), join(folder, 'config'), { recursive: true });
  const wish = { folder, env: { CLOUDTASK_PROFILE: 'default' } };
  const add = await openTerminal(['profile', 'add', 'default', '--production'], wish);
  expect(await add.ended).toBe(0);
  const careful = await top('', wish);
  await careful.sees(/CloudTask · default · production · [\d:]+ · read-only/);
  expect(careful.written()).toMatch(RED_BAR);
  await careful.type('▸', 'C');
  await careful.sees('start top with --no-readonly');
  careful.keys('q');
  const daring = await top('--no-readonly', wish);
  await daring.sees(/CloudTask · default · production · [\d:]+ {2}/);
  daring.keys('q');
  expect(await careful.ended).toBe(0);
  expect(await daring.ended).toBe(0);
});

test('keys: move, explain, log, details, a filter, and back', { timeout: 60_000 }, async () => {
  const terminal = await top('');
  await terminal.type('? help', '?');
  await terminal.type('pause or resume a queue', '\u001b');
  await terminal.type('▸', 'f');
  await terminal.sees('Your failed jobs');
  await terminal.type('▸ ', 'x');
  await terminal.type('The job ended FAILED', '\u001b');
  await terminal.type('Your failed jobs', 'l');
  await terminal.type(/error {2}FatalError: disk-full/, '\u001b');
  await terminal.type('Your failed jobs', '\r');
  await terminal.type('FatalError: disk-full', '\u001b');
  await terminal.type('Your failed jobs', '/nothing-like-this');
  await terminal.type('No jobs with that.', '\u001b');
  await terminal.type('Your failed jobs', '\t');
  await terminal.type('p pause or resume', '\t\r');
  await terminal.type(/on \S+ {2}process \d+/, '\u001b');
  await terminal.type('Your failed jobs', '\u0003');
  expect(await terminal.ended).toBe(130);
  expect(terminal.isAlternate()).toBe(false);
});

test('what changes something asks first: cancel, retry, resume', { timeout: 60_000 }, async () => {
  const id = await ct('submit test.told steps:=600 stepMs:=100');
  const terminal = await top('');
  await terminal.type(`▸ ${id.slice(-8)}`, 'C');
  await terminal.type('(y/N)', 'n');
  await terminal.type('Nothing was changed.', 'R');
  await terminal.type('only failed, cancelled and expired jobs are retried', 'C');
  await terminal.type(`Cancel job ${id.slice(-8)}? (y/N)`, 'y');
  await terminal.sees(/⊘ cancelled/);
  terminal.keys('R');
  await terminal.type(`Retry job ${id.slice(-8)}? (y/N)`, 'y');
  await terminal.sees('The job runs again.');
  await ct('queues pause other');
  terminal.keys('\t/other\r');
  await terminal.type('▸ other', 'p');
  await terminal.type('Resume queue other? (y/N)', 'y');
  await terminal.sees('Queue other is resumed.');
  terminal.keys('q');
  expect(await terminal.ended).toBe(0);
  await ct(`cancel ${id}`);
});

test('--readonly changes nothing, whatever key is pressed', { timeout: 60_000 }, async () => {
  const terminal = await top('--readonly');
  await terminal.type('▸', 'C');
  await terminal.type('This is read-only', 'q');
  expect(await terminal.ended).toBe(0);
});

test('a server that is away is said so, and looked for again', { timeout: 60_000 }, async () => {
  const proxy = await startTcpProxy(platform.url);
  const token = await ct('tokens create top --scope jobs:read --scope operator');
  const terminal = await top('--refresh 300ms', { env: { CLOUDTASK_TOKEN: token, CLOUDTASK_URL: proxy.url } });
  await terminal.sees('● running');
  await proxy.refuse();
  proxy.cut();
  await terminal.sees('server not reachable, trying again');
  expect(terminal.screen().join('\n')).toContain('● running');
  await proxy.pass();
  await terminal.sees(/running .*failed in 1h/);
  terminal.keys('q');
  expect(await terminal.ended).toBe(0);
  await proxy.close();
});

test('SIGTERM leaves the screen as it was', { timeout: 60_000 }, async () => {
  const terminal = await top('');
  await terminal.sees('Your jobs');
  await terminal.signal('SIGTERM');
  expect(await terminal.ended).toBe(143);
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.isCursorHidden()).toBe(false);
});

test('those who are no operators see their jobs', { timeout: 60_000 }, async () => {
  const terminal = await top('-p bob');
  await terminal.sees('Queues and workers are for operators');
  await terminal.type('No jobs.', 'q');
  expect(await terminal.ended).toBe(0);
});

test('without a terminal only --once: text, or one object for scripts', { timeout: 60_000 }, async () => {
  const refused = await platform.run(['top']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('cloudtask top --once');
  const snapshot = JSON.parse(await ct('top --once -o json')) as TopSnapshot;
  expect(snapshot.queues?.find(({ name }) => name === 'held')).toMatchObject({ waiting: 1 });
  expect(snapshot.workers).toHaveLength(1);
  expect(snapshot.jobs.map(({ status }) => status)).toContain('FAILED');
  const text = await ct('top --once -o human --queue held');
  expect(text).toContain('Your jobs in held');
  expect(text).not.toContain('test.told  ✗');
  expect((await platform.run(['top', '--once', '-o', 'wide'])).code).toBe(0);
  expect(await platform.run(['top', '--once', '--refresh', '1ms'])).toMatchObject({ code: 2, stdout: '' });
  expect(JSON.parse(await ct('top --once --json -p bob'))).toMatchObject({ queues: null, workers: null, jobs: [] });
});
