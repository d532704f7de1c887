import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPlatform } from './support/platform.ts';
import { BIN, cliHome } from './support/run-cli.ts';

let platform: Awaited<ReturnType<typeof startPlatform>>;
let token: string;
beforeAll(async () => {
  platform = await startPlatform();
  token = (await platform.run(['tokens', 'create', 'piped', '--scope', 'jobs:write'])).stdout.trim();
}, 70_000);
afterAll(() => platform.close());

const env = () => ({ CLOUDTASK_URL: platform.url, CLOUDTASK_TOKEN: token });
const submit = async (...fields: string[]) => (await platform.run(['submit', 'test.told', ...fields])).stdout.trim();

test('in a pipe each change is a line as it comes, without a character that moves the cursor', {
  timeout: 60_000,
}, async () => {
  const { start } = await cliHome();
  // Nothing happens before the first line is there.
  await platform.run(['queues', 'pause', 'default']);
  const id = await submit('steps:=10', 'stepMs:=200', 'failFirst:=1');
  const child = start(['watch', id, '--from', 'start'], { env: env() });
  const chunks: { at: number; text: string }[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.push({ at: Date.now(), text }));
  await once(child.stdout, 'data');
  await platform.run(['queues', 'resume', 'default']);
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  const text = chunks.map((each) => each.text).join('');
  const short = id.slice(-8);
  // The first state is the one in which it was found; RUNNING and RETRYING may fold, the end never does.
  for (const line of text.trimEnd().split('\n')) expect(line).toMatch(new RegExp(`^\\d{4}-\\S+Z ${short} test.told `));
  expect(text).toMatch(/attempt=1 failed "RetryLater: attempt 1 was told to fail" next=\d+ms\n/);
  expect(text).toMatch(/running attempt=2 worker=\S+\n/);
  expect(text).toMatch(/completed \d.*\n$/);
  expect([...text].filter((char) => char < ' ' && char !== '\n')).toEqual([]);
  // ink would have written all of it at the end.
  expect((chunks.at(-1)?.at ?? 0) - (chunks[0]?.at ?? 0)).toBeGreaterThan(1_000);
});

test('-o jsonl is every event, progress and log too, each an object', { timeout: 60_000 }, async () => {
  const id = await submit('steps:=3', 'stepMs:=300');
  const ran = await platform.run(['watch', id, '--logs', '-o', 'jsonl']);
  const events = ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; jobId: string });
  expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['status', 'progress', 'log']));
  expect(new Set(events.map(({ jobId }) => jobId))).toEqual(new Set([id]));
  expect(ran.code).toBe(0);
});

test('a filter, the newest ones, and the time that is over', { timeout: 60_000 }, async () => {
  const [one, two] = [await submit('steps:=1', '--tag', 'few'), await submit('fail=no', '--tag', 'few')];
  const ended = await platform.run(['watch', '--tag', 'few', '--until-done']);
  expect(ended).toMatchObject({ code: 3 });
  // Also those that had ended before it was asked.
  expect(await platform.run(['watch', '--tag', 'few', '--until-done', '-o', 'id'])).toMatchObject({ code: 3 });
  for (const id of [one, two]) expect(ended.stdout).toContain(id.slice(-8));
  expect((await platform.run(['watch', '--last', '1'])).stdout.trimEnd().split('\n')).toHaveLength(1);
  const long = await submit('steps:=1', 'stepMs:=60000', '--tag', 'long');
  expect(await platform.run(['watch', '--tag', 'long', '--timeout', '300ms'])).toMatchObject({ code: 8 });
  expect(await platform.run(['watch', '--tag', 'none', '--until-done'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'No jobs match.\n',
  });
  expect(await platform.run(['watch', long, '--tag', 'long'])).toMatchObject({ code: 2, stdout: '' });
  expect(await platform.run(['watch'])).toMatchObject({ code: 2, stdout: '' });
  await platform.run(['cancel', long]);
});

test.each([
  [['--version'], []],
  [['jobs', 'list'], []],
  [['submit', 'test.told', '--wait'], []],
  [['watch', '--last', '1'], []],
  [['top', '--once'], []],
])('%j loads neither ink nor react', { timeout: 60_000 }, async (args, expected) => {
  const { folder, run } = await cliHome();
  const list = join(folder, 'loaded.txt');
  const hook = `import { appendFileSync } from 'node:fs'; import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return next(url, context); } });`;
  const trace = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  const ran = await run(args, { env: { ...env(), NODE_OPTIONS: trace } });
  expect(ran.code).not.toBe(2);
  const loaded = (await readFile(list, 'utf8')).split('\n');
  // The trace sees what is loaded at all.
  expect(loaded).toContain(pathToFileURL(join(BIN, '../../dist/main.js')).href);
  expect(loaded.filter((url) => /node_modules\/(ink|react|react-reconciler|yoga-layout)\//.test(url))).toEqual(
    expected,
  );
});
