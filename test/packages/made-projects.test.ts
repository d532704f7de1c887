import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Guarded, spawnGuarded } from '../support/guarded-process.ts';
import { ownFolder } from '../support/own-folder.ts';
import { describeServices } from '../support/services.ts';
import { mustRun, run, usersEnvironment } from './support/run.ts';

// What `cloudtask init` makes, with the packages as they are published: made by the packed command, installed by npm.
const installed = inject('installed');
let home: string;
let project: string;

const environment = () => ({ ...usersEnvironment(), CLOUDTASK_CONFIG_DIR: join(home, 'config') });

const ran = (cwd: string, program: string, ...args: string[]) => run(program, args, { cwd, env: environment() });
const succeeds = (cwd: string, program: string, ...args: string[]) =>
  mustRun(program, args, { cwd, env: environment() });

/** The processes that a process started, and those that they started. */
function below(pid: number): number[] {
  const listed = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = listed.map((line) => line.trim().split(/\s+/).map(Number));
  const children = pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
  return children.flatMap((child) => [...below(child), child]);
}

/** npm ends at a signal and leaves what it runs: that gets the signal first. */
async function endWithChildren(npm: Guarded): Promise<void> {
  for (const pid of below(npm.pid)) process.kill(pid, 'SIGTERM');
  await npm.end('SIGTERM');
}

/** What projects of other templates import, and no package of ours brings. Next.js is too large: they are tested without it. */
async function othersWant(): Promise<Record<string, string>> {
  const manifests = ['package.json', 'packages/cli/package.json'].map(async (path) =>
    JSON.parse(await readFile(join(import.meta.dirname, '../..', path), 'utf8')),
  );
  const here = Object.assign({}, ...(await Promise.all(manifests)).map(({ devDependencies }) => devDependencies));
  const names = ['express', '@types/express', '@types/react'];
  return Object.fromEntries(names.map((name) => [name, here[name]]));
}

beforeAll(async () => {
  home = await ownFolder('made');
  const tarballs = new Map(Object.entries(installed.tarballs).map(([name, path]) => [`@cloudtask/${name}`, path]));
  const from = (name: string) => `file:${tarballs.get(name)}`;
  // The packages that make the project, and what other projects of this file need.
  await symlink(join(installed.project, 'node_modules'), join(home, 'node_modules'));
  await writeFile(join(home, 'package.json'), JSON.stringify({ private: true }));
  await succeeds(home, 'npx', 'cloudtask', 'init', 'my-jobs', '--yes', '--no-git', '--no-install');
  project = join(home, 'my-jobs');
  const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
  // Nothing of ours is in a registry yet. What the ranges of the project say must be met by these all the same.
  manifest.overrides = Object.fromEntries(Array.from(tarballs.keys(), (name) => [name, from(name)]));
  for (const kind of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(kind)) if (tarballs.has(name)) kind[name] = from(name);
  }
  Object.assign(manifest.devDependencies, await othersWant());
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest, null, 2));
  await succeeds(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
}, 240_000);

afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

describe('the project that nobody chose anything for', () => {
  test('its tests pass, and its types are right', async () => {
    expect(await succeeds(project, 'npm', 'test')).toMatch(/3 passed/);
    await succeeds(project, 'npm', 'run', 'check');
  });

  test('its check finds a payload that does not fit', async () => {
    const path = join(project, 'src/wrong.ts');
    onTestFinished(() => rm(path));
    await writeFile(
      path,
      "import { CloudTask } from '@cloudtask/sdk';\nimport { hello } from './jobs/hello.ts';\nawait new CloudTask().jobs.create(hello, { nme: 'Ada' });\n",
    );
    const { code, stdout } = await ran(project, 'npm', 'run', 'check');
    expect(code).not.toBe(0);
    expect(stdout).toContain('src/wrong.ts(3');
  });
});

test('npm run dev runs a job of the project, which is submitted by the command and by the program', async () => {
  const dev = spawnGuarded({
    command: 'npm',
    args: ['run', 'dev', '--prefix', project, '--', '--port', '0'],
    env: environment(),
  });
  onTestFinished(() => endWithChildren(dev));
  await eventually(() => dev.output().includes('1 handler from src/handlers'), {
    timeoutMs: 60_000,
    describe: dev.output,
  });
  expect(await succeeds(project, 'npx', 'cloudtask', 'run', 'hello', 'name=Ada')).toBe('{"text":"Hello Ada"}\n');
  expect(await succeeds(project, 'node', 'src/submit.ts', 'Grace')).toBe('Hello Grace\n');
});

// Below the project, so that they find its packages and those of the folder above. Each library has its turn.
test.each([
  ['nextjs', 'valibot'],
  ['express', 'none'],
  ['fastify', 'zod'],
  ['plugin', 'zod'],
  ['monorepo', 'arktype'],
])(
  'the template %s with %s: its tests pass, its types are right, and its handler is found',
  async (template, schema) => {
    const name = `${template}-${schema}`;
    const flags = ['--template', template, '--schema', schema, '--yes', '--no-git', '--no-install'];
    await succeeds(project, 'npx', 'cloudtask', 'init', `made/${name}`, ...flags);
    const folder = join(project, 'made', name);
    if (template === 'monorepo') await linkWorkspace(folder, 'packages/jobs');
    expect(await succeeds(folder, 'npm', 'test')).toMatch(/passed/);
    await succeeds(folder, 'npm', 'run', 'check');
    expect(await succeeds(folder, 'npx', 'cloudtask', 'handlers', 'list')).toMatch(/^hello\b/m);
  },
);

/** As a package manager would. */
async function linkWorkspace(folder: string, workspace: string): Promise<void> {
  const { name } = JSON.parse(await readFile(join(folder, workspace, 'package.json'), 'utf8')) as { name: string };
  const link = join(folder, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(join(folder, workspace), link);
}

test('a plugin that was built is loaded by its manifest, from node_modules', async () => {
  const folder = join(project, 'made/cloudtask-plugin-hello');
  await succeeds(
    project,
    'npx',
    'cloudtask',
    'init',
    folder,
    '--template',
    'plugin',
    '--yes',
    '--no-git',
    '--no-install',
  );
  const packed = JSON.parse(await succeeds(folder, 'npm', 'pack', '--json', '--silent')) as Record<string, never>;
  const [{ files, filename }] = Object.values(packed) as unknown as [{ files: { path: string }[]; filename: string }];
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['dist/index.js', 'dist/jobs/hello.d.ts']));
  expect(files.every(({ path }) => /^(dist\/|package\.json|README\.md)/.test(path))).toBe(true);
  await succeeds(
    folder,
    'npm',
    'install',
    '--legacy-peer-deps',
    '--no-save',
    '--prefix',
    join(project, 'made/user'),
    join(folder, filename),
  );
  const user = join(project, 'made/user');
  await writeFile(
    join(user, 'cloudtask.config.ts'),
    "import { defineConfig } from '@cloudtask/sdk';\nexport default defineConfig({ plugins: ['cloudtask-plugin-hello'] });\n",
  );
  const settings = await succeeds(user, 'npx', 'cloudtask-worker', 'check-config');
  expect(settings).toContain('cloudtask-plugin-hello');
});

describeServices('npm start', ['postgres', 'rabbitmq', 'redis'], ({ postgres, rabbitmq, redis }) => {
  test('runs the jobs of the project on PostgreSQL, RabbitMQ and Redis', async () => {
    const database = await createDatabase(postgres);
    onTestFinished(database.drop);
    const settings = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: rabbitmq,
      CLOUDTASK_SIGNALS_URL: redis,
      CLOUDTASK_QUEUE_PREFIX: `made-${randomBytes(6).toString('hex')}.`,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(project, 'production.env'), lines.join(''));
    const port = await freePort();
    const platform = spawnGuarded({
      command: 'npm',
      args: ['start', '--prefix', project, '--', '--port', String(port)],
      env: environment(),
    });
    onTestFinished(() => endWithChildren(platform));
    await eventually(() => platform.output().includes('CloudTask ready'), {
      timeoutMs: 60_000,
      describe: platform.output,
    });
    const url = ['--url', `http://127.0.0.1:${port}`];
    await writeFile(join(home, 'password'), 'correct horse battery');
    const account = ['--email', 'ada@example.com', '--password-file', join(home, 'password')];
    await succeeds(project, 'npx', 'cloudtask', 'register', ...url, ...account);
    expect(await succeeds(project, 'npx', 'cloudtask', 'run', 'hello', 'name=Ada', ...url)).toBe(
      '{"text":"Hello Ada"}\n',
    );
  });
});
