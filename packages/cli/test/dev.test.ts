import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startService } from '../../../test/support/cloudtask.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { devProject, handlerText } from './support/dev-project.ts';
import { cliHome, collect } from './support/run-cli.ts';

const ECHO = handlerText('echo', '(payload) => payload');

type Project = Awaited<ReturnType<typeof devProject>>;

/** `dev` without a terminal, ready; it ends with the test. */
async function dev({ start }: Pick<Project, 'start'>, args: readonly string[], isReady: RegExp) {
  const child = start(['dev', ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = collect(child);
  const sees = (what: RegExp) =>
    eventually(() => what.test(said.stdout + said.stderr), { timeoutMs: 60_000, describe: () => ({ what, ...said }) });
  await sees(isReady);
  return {
    said,
    sees,
    async end(signal: NodeJS.Signals = 'SIGTERM') {
      child.kill(signal);
      return await ended;
    },
  };
}

const events = (stdout: string) =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { kind: string });

describe('dev without a terminal', { timeout: 180_000 }, () => {
  test('-o jsonl is events and nothing else; a seed is submitted once; nothing is kept in memory', async () => {
    const project = await devProject({ 'echo.ts': ECHO });
    const seed = '{"type":"echo","payload":{"n":1}}\n\n{"type":"echo","payload":{"n":1}}\n{"type":"other"}\n';
    await writeFile(join(project.folder, 'seed.ndjson'), seed);
    const args = ['--port', '0', '--memory', '--seed', 'seed.ndjson', '--only', 'echo', '-o', 'jsonl'];
    const { sees, said, end } = await dev(project, args, /3 jobs from .*seed\.ndjson/);
    await sees(/COMPLETED[\s\S]*COMPLETED/);
    const { code, stdout } = await end('SIGINT');
    expect(code).toBe(0);
    const seen = events(stdout);
    expect(seen[0]).toMatchObject({ kind: 'ready', url: expect.stringMatching(/^http:\/\/127/) as string });
    expect(seen).toContainEqual(
      expect.objectContaining({ kind: 'loaded', isFirst: true, types: [expect.objectContaining({ type: 'echo' })] }),
    );
    expect(seen.filter((event) => 'status' in event && event.status === 'COMPLETED')).toHaveLength(2);
    expect(said.stderr).toContain('nothing is kept');
    expect((await readdir(join(project.folder, '.cloudtask'))).sort()).toEqual(['.gitignore', 'account.json']);
  });

  test('a seed that was submitted before is not submitted again, and --fresh begins anew', async () => {
    const project = await devProject({ 'echo.ts': ECHO });
    await writeFile(join(project.folder, 'seed.ndjson'), '{"type":"echo"}\n');
    const args = ['--port', '0', '--seed', 'seed.ndjson', '--no-worker'];
    const first = await dev(project, args, /1 jobs from/);
    expect(await project.ct('jobs', 'list', '-o', 'id')).toMatchObject({
      stdout: expect.stringMatching(/^\S+\n$/) as string,
    });
    await first.end();
    const second = await dev(project, args, /0 jobs from .*, 1 were there already/);
    const asked = await project.ct('dev', '--fresh');
    expect(asked).toMatchObject({ code: 6 });
    expect(asked.stderr).toContain('dev runs here already');
    await second.end();
    const third = await dev(project, [...args, '--fresh'], /1 jobs from [^,]*\n/);
    expect((await third.end()).code).toBe(0);
  });

  test('a port that is taken is not used, and that is said; the demo shows three jobs', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const port = (taken.address() as { port: number }).port;
    const { run, start, folder } = await cliHome();
    const project = { start: (args: readonly string[]) => start(args) };
    const { sees, said, end } = await dev(project, ['--demo', '--port', String(port)], /Three jobs were submitted/);
    expect(said.stderr).toContain(`Port ${port} is taken: this is the next free one.`);
    expect(said.stderr).toMatch(/✓ 3 handlers \([\d.]+m?s\) {3}demo\.report · demo\.weather · demo\.welcome/);
    await sees(/demo\.welcome completed/);
    await sees(/demo\.weather attempt=1 failed "the weather service does not answer \(on purpose\)" next=\d/);
    await sees(/demo\.report completed/);
    const explained = await run(['explain', '@last']);
    expect(explained.stdout).toMatch(/demo\.weather/);
    expect(await readFile(join(folder, '.cloudtask/.gitignore'), 'utf8')).toBe('*\n');
    expect(await end()).toMatchObject({ code: 0 });
    expect(said.stdout).not.toMatch(/quit|reload/);
  });

  test('a folder without handlers says so, and -q says nothing but jobs', async () => {
    const home = await cliHome();
    const loud = await dev(
      home,
      ['--port', '0'],
      /No handlers of yours: only email, http, sleep|No handlers of yours: only /,
    );
    await loud.end();
    const quiet = await dev(home, ['--port', '0', '-q', '-o', 'jsonl'], /"kind":"loaded"/);
    const { code, stderr } = await quiet.end();
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Stopping…\n' });
  });
});

test('data that another platform works on are left alone, and it is named', { timeout: 120_000 }, async () => {
  const { run, folder } = await cliHome();
  const holder = await startService('embedded', {}, ['--port', '0', '--data-dir', join(folder, '.cloudtask')]);
  onTestFinished(() => holder.end('SIGTERM'));
  const ran = await run(['dev', '--port', '0']);
  expect(ran).toMatchObject({ code: 6, stdout: '' });
  expect(ran.stderr).toContain(`.cloudtask is in use by process ${holder.pid}, ${holder.url}`);
  expect(ran.stderr).not.toContain('bug');
});

test.each([
  [['--chaos=redeliver,fire'], '--chaos cannot be fire'],
  [['--memory', '--fresh'], 'fresh'],
  [['--port', '70000'], '70000'],
])('dev %j is refused before anything starts', async (args, why) => {
  const { run, folder } = await cliHome();
  const ran = await run(['dev', ...args]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(why);
  expect(await readdir(folder)).toEqual([]);
});

test('a seed that is none is refused with its line, and one that is missing with its path', {
  timeout: 120_000,
}, async () => {
  const { run, folder } = await cliHome();
  await writeFile(join(folder, 'seed.ndjson'), '{"type":"sleep","payload":{"seconds":0}}\n{"typ":"sleep"}\n');
  const wrong = await run(['dev', '--port', '0', '--no-worker', '--memory', '--seed', 'seed.ndjson']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/seed\.ndjson:2 is no job/);
  const missing = await run(['dev', '--port', '0', '--no-worker', '--memory', '--seed', 'nowhere.ndjson']);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/nowhere\.ndjson cannot be read/);
});
