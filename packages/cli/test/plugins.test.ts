import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cliHome } from './support/run-cli.ts';

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const CONFIG = `import { defineConfig } from '@cloudtask/sdk/define-config';

export default defineConfig({
  // What this project runs.
  plugins: [],
});
`;

/** A project that npm looks after; packages of this repository are found above it, where npm prunes nothing. */
async function project(config?: string) {
  const home = await cliHome();
  await symlink(MODULES, join(home.folder, 'node_modules'));
  const folder = join(home.folder, 'project');
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "name": "project", "type": "module" }');
  const path = join(folder, 'cloudtask.config.ts');
  if (config !== undefined) await writeFile(path, config);
  // Nothing is asked of a registry: what is installed here lies here.
  const env = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
  return {
    home: home.folder,
    folder,
    config: () => readFile(path, 'utf8'),
    run: (line: string, more: Record<string, string> = {}) =>
      home.run(line.split(' '), { cwd: folder, env: { ...env, ...more } }),
  };
}

async function packageAt(folder: string, { cloudtask }: { cloudtask?: object }): Promise<void> {
  await mkdir(folder);
  const manifest = { name: 'cloudtask-plugin-audit', version: '1.0.0', type: 'module', main: 'index.js', cloudtask };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(folder, 'index.js'),
    `import { defineHandler, definePlugin } from '@cloudtask/sdk';
     const write = defineHandler({ type: 'audit.write', run: () => null });
     export default definePlugin({ name: 'audit', version: '1.0.0', apiVersion: 1, handlers: [write] });`,
  );
}

const AUDIT = { apiVersion: 1, plugin: './index.js', types: ['audit.write'] };

test('a packed plugin is installed and named, its handlers are there, and are gone after its removal', {
  timeout: 60_000,
}, async () => {
  const { home, folder, run, config } = await project(CONFIG);
  await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
  const packed = spawnSync('npm', ['pack', '../audit', '--silent'], { cwd: folder, encoding: 'utf8' }).stdout.trim();

  const planned = await run(`plugins add ./${packed} --dry-run --json`);
  expect(JSON.parse(planned.stdout)).toMatchObject({ plugin: 'cloudtask-plugin-audit', isDryRun: true });
  expect(await config()).toBe(CONFIG);

  const added = await run(`plugins add ./${packed} --prefix acme. -o human`);
  expect(added).toMatchObject({ code: 0 });
  expect(added.stderr).toMatch(/\$ npm install \/.*cloudtask-plugin-audit-1\.0\.0\.tgz\n/);
  expect(added.stdout).toContain('cloudtask-plugin-audit 1.0.0 is in cloudtask.config.ts\n  Types  acme.audit.write');
  const named = CONFIG.replace('[]', "[['cloudtask-plugin-audit', { prefix: 'acme.' }]]");
  expect(await config()).toBe(named);
  expect((await run('handlers list --offline -o id')).stdout).toBe('acme.audit.write\n');

  const again = JSON.parse((await run(`plugins add ./${packed} --prefix acme. --json`)).stdout) as object;
  expect(again).toMatchObject({ isChanged: false, version: '1.0.0', types: ['acme.audit.write'] });
  expect(await config()).toBe(named);
  const other = await run(`plugins add ./${packed} --no-install`);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('already, with the prefix acme.') });

  const removed = await run('plugins remove cloudtask-plugin-audit');
  expect(removed).toMatchObject({ code: 0, stderr: expect.stringContaining('$ npm uninstall cloudtask-plugin-audit') });
  expect(await config()).toBe(CONFIG);
  expect((await run('plugins list')).stdout).toBe('');
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).not.toMatchObject({
    dependencies: { 'cloudtask-plugin-audit': expect.anything() },
  });
  const nothing = await run('plugins remove cloudtask-plugin-audit --json');
  expect(JSON.parse(nothing.stdout)).toMatchObject({ isChanged: false, uninstall: null });
  // No draft is left.
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a package that is no plugin is refused, and the configuration stays', async () => {
  const { home, run, config } = await project(CONFIG);
  await packageAt(join(home, 'audit'), {});
  const ran = await run('plugins add ../audit');
  expect(ran).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('no `cloudtask`') });
  expect(await config()).toBe(CONFIG);
});

test('a list that is made by code is left alone, and what to write is said before anything is installed', async () => {
  const code = 'const plugins: string[] = [];\nexport default { plugins };\n';
  const { home, run, config, folder } = await project(code);
  await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
  const ran = await run('plugins add ../audit');
  expect(ran).toMatchObject({ code: 6, stdout: '' });
  expect(ran.stderr).toContain("write 'cloudtask-plugin-audit' into plugins in cloudtask.config.ts");
  expect(await config()).toBe(code);
  expect(await readdir(folder)).not.toContain('node_modules');
});

test('a change that does not come out of the file as it went in is not kept', async () => {
  const hidden = "const c = { plugins: ['x'] };\nexport default { ...c, ['plug' + 'ins']: [] };\n";
  const { home, run, config } = await project(hidden);
  await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
  const ran = await run('plugins add ../audit --no-install');
  expect(ran).toMatchObject({ code: 6, stderr: expect.stringContaining('was not changed') });
  expect(await config()).toBe(hidden);
});

test('where there is no configuration one is made, with the folder of handlers that counted without it', async () => {
  const { home, folder, run, config } = await project();
  await mkdir(join(folder, 'src/handlers'), { recursive: true });
  await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
  const ran = await run('plugins add ../audit --no-install');
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('is not installed: it was not looked at') });
  expect(await config()).toBe(
    `import { defineConfig } from '@cloudtask/sdk';

export default defineConfig({
  plugins: ['cloudtask-plugin-audit'],
  handlers: './src/handlers',
});
`,
  );
});

test('a path that leads nowhere is said', async () => {
  const { run } = await project(CONFIG);
  const ran = await run('plugins add ./nothing');
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('there is no ./nothing here') });
});

test('only plugins are uninstalled: another dependency of the project stays', async () => {
  const { home, folder, run } = await project(CONFIG);
  await packageAt(join(home, 'audit'), {});
  await run('plugins add ../audit');
  const before = await readFile(join(folder, 'package.json'), 'utf8');
  const ran = await run('plugins remove cloudtask-plugin-audit -o json');
  expect(ran.stderr).toContain('cloudtask-plugin-audit is no plugin and stays. npm uninstall cloudtask-plugin-audit');
  expect(JSON.parse(ran.stdout)).toMatchObject({ isChanged: false, uninstall: null });
  expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(before);
});

test('what counts is what the configuration says, also where a variable stands in for it', async () => {
  const { home, run, config } = await project(CONFIG.replace('[]', "['cloudtask-plugin-audit']"));
  await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
  const ran = await run('plugins remove cloudtask-plugin-audit --json', { CLOUDTASK_PLUGINS: 'other' });
  expect(JSON.parse(ran.stdout)).toMatchObject({ isChanged: true });
  expect(ran.stderr).toContain('CLOUDTASK_PLUGINS is set, and wins over the configuration.');
  expect(await config()).toBe(CONFIG);
});

test('a configuration that was saved elsewhere during the installation is not overwritten', async () => {
  const { home, folder, run, config } = await project(CONFIG);
  await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
  // An editor that is as fast as an installation.
  const programs = join(home, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'npm'), `#!/bin/sh\necho '// saved meanwhile' >> cloudtask.config.ts\n`, {
    mode: 0o755,
  });
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(home, 'audit'), join(folder, 'node_modules/cloudtask-plugin-audit'));
  const ran = await run('plugins add ../audit', { PATH: `${programs}:${process.env.PATH}` });
  expect(await config()).toBe(`${CONFIG}// saved meanwhile\n`);
  expect(ran).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('changed by somebody else') });
});

test.skipIf(process.getuid?.() === 0)(
  'a configuration that cannot be written is said, with what to write',
  async () => {
    const { home, folder, run } = await project(CONFIG);
    await packageAt(join(home, 'audit'), { cloudtask: AUDIT });
    await chmod(folder, 0o500);
    const ran = await run('plugins add ../audit --no-install');
    await chmod(folder, 0o700);
    expect(ran).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('It cannot be written') });
    expect(ran.stderr).toContain("write 'cloudtask-plugin-audit' into plugins in cloudtask.config.ts");
  },
);

test('a prefix that is no part of a type is refused, and the configuration stays', async () => {
  const { run, config } = await project(CONFIG);
  expect(await run("plugins add ../audit --prefix it's")).toMatchObject({ code: 2, stdout: '' });
  expect(await config()).toBe(CONFIG);
});

test('a flag of the package manager is no package', async () => {
  const { run } = await project(CONFIG);
  const ran = await run('plugins add --dry-run -- --global');
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--global is no package') });
});
