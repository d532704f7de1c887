import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { TESTED_WITH, TRIED_WITH } from '../src/init/package-names.ts';
import { cliHome } from './support/run-cli.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

const BARE = ['--no-install', '--no-git'];

async function made(args: readonly string[]) {
  const home = await cliHome();
  const ran = await home.run(['init', 'my-jobs', ...BARE, ...args]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const read = (path: string) => readFile(join(home.folder, 'my-jobs', path), 'utf8');
  const manifest = async () => JSON.parse(await read('package.json')) as Record<string, Record<string, string>>;
  return { ...home, ...ran, read, manifest, paths: ran.stdout.trim().split('\n') };
}

test('in a pipe the answer is the paths of the new files, and they are there', async () => {
  const { paths, folder } = await made([]);
  const inProject = await readdir(join(folder, 'my-jobs'), { recursive: true, withFileTypes: true });
  const files = inProject.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  expect(paths.map((path) => join(folder, path)).sort()).toEqual(files.sort());
  expect(paths).toEqual(
    expect.arrayContaining(['my-jobs/src/jobs/hello.ts', 'my-jobs/.gitignore', 'my-jobs/.github/workflows/test.yml']),
  );
});

test('the packages of the project go with the command, and all others are those of this repository', async () => {
  const { manifest, read } = await made(['--template', 'fastify', '--schema', 'valibot']);
  const { dependencies, devDependencies } = await manifest();
  expect(dependencies).toMatchObject({ '@cloudtask/sdk': '^0.1.0', valibot: `^${TESTED_WITH.valibot}` });
  expect(devDependencies).toMatchObject({ '@cloudtask/cli': '^0.1.0' });
  expect(await read('src/jobs/hello.ts')).toContain("from 'valibot'");
  const ours = await Promise.all(
    ['../../../package.json', '../../server/package.json', '../package.json'].map(async (path) => {
      const { dependencies, devDependencies } = JSON.parse(await readFile(join(import.meta.dirname, path), 'utf8'));
      return { ...dependencies, ...devDependencies };
    }),
  );
  expect(Object.assign({}, ...ours)).toMatchObject(TESTED_WITH);
  // A page is drawn by both together.
  expect(TRIED_WITH['react-dom']).toBe(TESTED_WITH.react);
});

test.each([
  ['npm', 'npm ci', 'npx cloudtask run'],
  ['pnpm', 'pnpm install --frozen-lockfile', 'pnpm exec cloudtask run'],
  ['bun', 'bun install --frozen-lockfile', 'bunx cloudtask run'],
])('with %s its words are in all pages', async (pm, inWorkflow, inReadme) => {
  const { read } = await made(['--pm', pm]);
  expect(await read('.github/workflows/test.yml')).toContain(inWorkflow);
  const readme = await read('README.md');
  expect(readme).toContain(inReadme);
  if (pm !== 'npm') expect(readme + (await read('AGENTS.md'))).not.toMatch(/\bnp[mx] /);
});

test('pnpm is told what to do with the install script of bcrypt: without an answer its install fails', async () => {
  const { read } = await made(['--pm', 'pnpm']);
  expect(await read('pnpm-workspace.yaml')).toContain('allowBuilds:\n  bcrypt: false\n');
});

test('the package manager is the one that started the command', async () => {
  const { run, folder } = await cliHome();
  const env = { npm_config_user_agent: 'pnpm/10.4.1 npm/? node/v24.0.0 linux x64' };
  await run(['init', 'my-jobs', ...BARE], { env });
  expect(await readFile(join(folder, 'my-jobs/README.md'), 'utf8')).toContain('pnpm run dev');
});

test('a folder with files is refused, and a second start too; nothing in it changes', async () => {
  const { run, folder } = await made([]);
  const before = await readFile(join(folder, 'my-jobs/package.json'), 'utf8');
  const again = await run(['init', 'my-jobs', ...BARE]);
  expect(again).toMatchObject({ code: 6, stdout: '' });
  expect(again.stderr).toContain('my-jobs is not empty');
  expect(again.stderr).toContain('cloudtask init my-jobs --in-place');
  expect(await readFile(join(folder, 'my-jobs/package.json'), 'utf8')).toBe(before);
});

test('a folder that only git has touched is empty', async () => {
  const { run, folder } = await cliHome();
  await mkdir(join(folder, 'my-jobs/.git'), { recursive: true });
  expect(await run(['init', 'my-jobs', ...BARE])).toMatchObject({ code: 0 });
});

test('in place, what is there stays as it is, and what is to be added is said', async () => {
  const { run, folder } = await cliHome();
  const project = join(folder, 'shop');
  await mkdir(project);
  const theirs = '{ "name": "shop", "scripts": { "dev": "vite" }, "dependencies": { "zod": "^4.0.0" } }';
  await writeFile(join(project, 'package.json'), theirs);
  await writeFile(join(project, 'tsconfig.json'), '{}');
  const ran = await run(['init', 'shop', '--in-place', ...BARE]);
  expect(ran.code).toBe(0);
  expect(await readFile(join(project, 'package.json'), 'utf8')).toBe(theirs);
  expect(ran.stdout).toContain('shop/src/handlers/hello.ts\n');
  expect(ran.stdout).not.toContain('package.json');
  expect(ran.stderr).toContain('Left as they were: package.json, tsconfig.json');
  expect(ran.stderr).toContain('npm install @cloudtask/sdk@^0.1.0 @cloudtask/server@^0.1.0');
  expect(ran.stderr).not.toContain('zod@');
  expect(ran.stderr).toContain('npm pkg set "scripts.jobs:dev=cloudtask dev"');
  expect(ran.stderr).toContain('"allowImportingTsExtensions": true');
});

async function inPlace(theirs: Record<string, string>, args: readonly string[]) {
  const { run, folder } = await cliHome();
  const project = join(folder, 'shop');
  for (const [path, text] of Object.entries(theirs)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const ran = await run(['init', 'shop', '--in-place', ...BARE, ...args]);
  for (const [path, text] of Object.entries(theirs)) expect(await readFile(join(project, path), 'utf8')).toBe(text);
  const read = (path: string) => readFile(join(project, path), 'utf8');
  return { ...ran, read, paths: ran.stdout.trim().split('\n') };
}

test('beside a web server of its own a project gets no test of ours, and is told how to submit there', async () => {
  const theirs = {
    'package.json': '{ "type": "module", "dependencies": { "express": "^4.21.0" } }',
    'src/app.ts': 'export const app = 1;\n',
  };
  const { paths, stderr } = await inPlace(theirs, ['--template', 'express']);
  expect(paths).toEqual(expect.arrayContaining(['shop/src/handlers/hello.ts', 'shop/test/hello.test.ts']));
  expect(stderr).toContain('Left as they were: package.json, src/app.ts');
  expect(stderr).toContain('Not added, because they do not fit files of yours: src/server.ts, test/app.test.ts');
  expect(stderr).toContain('@types/express@^');
  expect(stderr).not.toContain(' express@');
  expect(stderr).toContain('src/app.ts: `await cloudtask.jobs.create(hello, { name })` in a route');
  expect(stderr).not.toContain('"type": "module"');
});

test('a web server in a file of another name is told to take the routes', async () => {
  const theirs = {
    'package.json': '{ "dependencies": { "express": "^5.0.0" } }',
    'server.js': 'require("express");\n',
  };
  const { paths, stderr } = await inPlace(theirs, ['--template', 'express']);
  expect(paths).toEqual(expect.arrayContaining(['shop/src/app.ts', 'shop/test/app.test.ts']));
  expect(stderr).toContain('files of yours that use require() are then named .cjs');
  expect(stderr).toContain('your web server: src/app.ts is one by itself; take its routes into yours');
});

test('an application of Next.js gets its routes where it has its own, and no page', async () => {
  const theirs = {
    'package.json': '{ "scripts": { "dev": "next dev" }, "dependencies": { "next": "^16.0.0" } }',
    'tsconfig.json': '{ "compilerOptions": { "module": "esnext" } }',
    'src/app/page.js': 'export default () => null;\n',
  };
  const { paths, stderr, read } = await inPlace(theirs, ['--template', 'nextjs']);
  expect(paths.filter((path) => path.includes('app/'))).toEqual([
    'shop/src/app/api/hello/[id]/route.ts',
    'shop/src/app/api/hello/route.ts',
  ]);
  expect(await read('src/app/api/hello/route.ts')).toContain("from '../../../cloudtask.ts'");
  expect(await read('test/route.test.ts')).toContain("from '../src/app/api/hello/route.ts'");
  expect(stderr).toContain('Not added, because they do not fit files of yours: src/app/layout.tsx, src/app/page.tsx');
  expect(stderr).toContain('tsconfig.json: "allowImportingTsExtensions": true');
  expect(stderr).not.toContain('nodenext');
  expect(stderr).toContain('npm pkg set "scripts.jobs:dev=cloudtask dev"');
  expect(stderr).toContain('your pages: POST /api/hello submits a job');
});

test('what was made here is added to again: a file that was removed comes back with its test', async () => {
  const { run, folder } = await made(['--template', 'express']);
  await rm(join(folder, 'my-jobs/test/app.test.ts'));
  const ran = await run(['init', 'my-jobs', '--in-place', '--template', 'express', ...BARE]);
  expect(ran.stdout).toBe('my-jobs/test/app.test.ts\n');
  expect(ran.stderr).not.toContain('Not added');
});

test.each([
  ['npm', 'my-shop', '@my-shop', '*'],
  ['pnpm', '@acme/shop', '@acme', 'workspace:*'],
  ['bun', 'my-jobs-2', '@my-jobs-2', 'workspace:*'],
])('with %s the packages of the monorepo %s are called after it, and linked', async (pm, name, scope, range) => {
  const { read, manifest } = await made(['--template', 'monorepo', '--pm', pm, '--name', name]);
  const workspace = async (folder: string) => JSON.parse(await read(`${folder}/package.json`));
  expect(await manifest()).toMatchObject({ name, scripts: { api: 'node apps/api/src/server.ts' } });
  expect((await manifest()).workspaces).toEqual(pm === 'pnpm' ? undefined : ['packages/*', 'apps/*']);
  if (pm === 'pnpm') expect(await read('pnpm-workspace.yaml')).toMatch(/^packages:\n {2}- packages\/\*\n/);
  expect(await workspace('packages/jobs')).toMatchObject({
    name: `${scope}/jobs`,
    dependencies: { zod: expect.any(String) },
  });
  expect((await workspace('apps/api')).dependencies).toMatchObject({
    [`${scope}/jobs`]: range,
    fastify: expect.any(String),
  });
  expect(await read('apps/worker/src/handlers/hello.ts')).toContain(`from '${scope}/jobs/hello'`);
  expect(await read('packages/jobs/src/hello.ts')).toContain("from 'zod'");
  expect((await read('README.md')).split('\n')[0]).toBe(`# ${name}`);
});

test.each([
  ['My Jobs', 'cloudtask init my-jobs'],
  ['.hidden', 'cloudtask init hidden'],
  ['http', 'cloudtask init my-jobs'],
  ['ü', 'cloudtask init my-jobs'],
  ['a'.repeat(215), 'cloudtask init aaaa'],
])('%s is no name for a package', async (name, advice) => {
  const { run, folder } = await cliHome();
  const ran = await run(['init', name, ...BARE]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain('cannot be the name of a package');
  expect(ran.stderr).toContain(advice);
  expect(await readdir(folder)).toEqual([]);
});

test('--name names the package where the folder cannot', async () => {
  const { run, folder } = await cliHome();
  expect(await run(['init', 'My Jobs', '--name', '@acme/jobs', ...BARE])).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(join(folder, 'My Jobs/package.json'), 'utf8'))).toMatchObject({
    name: '@acme/jobs',
  });
});

test('a file in the way is named', async () => {
  const { run, folder } = await cliHome();
  await mkdir(join(folder, 'shop'));
  await writeFile(join(folder, 'shop/src'), '');
  const ran = await run(['init', 'shop', '--in-place', ...BARE]);
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stderr).toContain('A file lies where a folder is needed');
  expect(ran.stderr).not.toContain('bug');
});

test('a package manager that fails leaves the files, and its words are told', async () => {
  const { run, folder } = await cliHome();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'npm'), '#!/bin/sh\necho "the registry is away" >&2; exit 1\n');
  await chmod(join(bin, 'npm'), 0o755);
  const ran = await run(['init', 'my-jobs', '--no-git'], { env: { PATH: `${bin}:${process.env.PATH}` } });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain('my-jobs/package.json');
  expect(ran.stderr).toContain('the registry is away');
  expect(ran.stderr).toContain('Try:   cd my-jobs && npm install');
  const without = await run(['init', 'other', '--no-git', '--pm', 'bun'], { env: { PATH: bin } });
  expect(without.stderr).toContain('There is no bun here');
});

test('it is a repository of its own, but not inside another one', async () => {
  const { run, folder } = await cliHome();
  await run(['init', 'my-jobs', '--no-install']);
  expect(await readdir(join(folder, 'my-jobs'))).toContain('.git');
  await run(['init', 'my-jobs/inner', '--no-install']);
  expect(await readdir(join(folder, 'my-jobs/inner'))).not.toContain('.git');
  const ignored = spawnSync('git', ['check-ignore', '.cloudtask/db', 'production.env'], {
    cwd: join(folder, 'my-jobs'),
  });
  expect(ignored.stdout.toString()).toBe('.cloudtask/db\nproduction.env\n');
});

test.skipIf(!hasScript)('at a terminal it asks what flags do not say', async () => {
  const { folder } = await cliHome();
  const terminal = await openTerminal(['init', 'my-jobs', ...BARE], { folder, columns: 100, patienceMs: 60_000 });
  await terminal.sees('Schema library');
  terminal.keys('\u001b[B\r');
  await terminal.sees('Package manager');
  terminal.keys('\r');
  expect(await terminal.ended).toBe(0);
  const shown = terminal.scrollback().join('\n');
  expect(shown).toMatch(/✓ my-jobs\/ {2}\.github\/workflows\/test\.yml · /);
  expect(shown).toContain('cd my-jobs && npm install && npm run dev');
  expect(await readFile(join(folder, 'my-jobs/src/jobs/hello.ts'), 'utf8')).toContain("from 'valibot'");
});

test.skipIf(!hasScript)('with --color never questions have none', async () => {
  const { folder } = await cliHome();
  const terminal = await openTerminal(['init', 'my-jobs', ...BARE, '--color', 'never'], {
    folder,
    columns: 100,
    patienceMs: 60_000,
  });
  await terminal.sees('Schema library');
  terminal.keys('\u001b[B\r');
  await terminal.sees('Package manager');
  terminal.keys('\u0003');
  expect(await terminal.ended).toBe(130);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what makes colours begins with one.
  expect(terminal.written()).not.toMatch(/\u001b\[[\d;]*m/);
});

test.skipIf(!hasScript)('Ctrl-C at a question makes nothing', async () => {
  const { folder } = await cliHome();
  const terminal = await openTerminal(['init', 'my-jobs', ...BARE], { folder, columns: 100, patienceMs: 60_000 });
  await terminal.sees('Schema library');
  terminal.keys('\u0003');
  expect(await terminal.ended).toBe(130);
  expect(await readdir(folder)).toEqual([]);
});

test('the code of docs/getting-started.md is that of the project', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/getting-started.md'), 'utf8');
  const snippets = Array.from(page.matchAll(/```ts\n(.*?)```/gs), ([, code]) => code ?? '');
  const { read } = await made([]);
  const files = ['src/jobs/hello.ts', 'src/handlers/hello.ts', 'src/submit.ts'];
  expect(snippets).toHaveLength(files.length);
  for (const [index, file] of files.entries()) {
    // The page leaves comments out, and greets Grace.
    const text = (await read(file)).replace("process.argv[2] ?? 'Ada'", "'Grace'");
    for (const line of (snippets[index] ?? '').split('\n')) expect(text).toContain(line);
  }
});
