import { appendFileSync, cpSync, globSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { ownFolder } from '../support/own-folder.ts';
import { playRegistry } from './support/play-registry.ts';
import { run } from './support/run.ts';

const { names, project, tarballs } = inject('installed');
const repository = path.join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(path.join(project, 'node_modules/@cloudtask/sdk/package.json'), 'utf8'));
const specs = names.map((name) => `@cloudtask/${name}@${version}`);

/** What publishing needs of the repository: no installed package is part of it. */
let withoutModules = '';
beforeAll(async () => {
  withoutModules = await ownFolder('publish');
  const files = [...globSync('packages/*/package.json', { cwd: repository }), 'scripts/packages', 'package.json'];
  for (const file of files) cpSync(path.join(repository, file), path.join(withoutModules, file), { recursive: true });
});
afterAll(() => rmSync(withoutModules, { recursive: true, force: true }));

async function aRegistry() {
  const registry = await playRegistry();
  onTestFinished(registry.close);
  const publish = (folder = path.dirname(tarballs['sdk'] ?? '')) =>
    run(process.execPath, ['scripts/packages/publish.ts', folder, ...registry.flags], {
      cwd: withoutModules,
    });
  return { ...registry, publish };
}

test('a release that failed in the middle left out nothing that the published packages need, and goes on from there', async () => {
  const { publish, published, refused } = await aRegistry();
  refused.add('@cloudtask/server');
  const broken = await publish();
  expect(broken).toMatchObject({ code: 1 });
  expect(broken.stderr).toContain(`@cloudtask/server@${version} could not be published. Run the same again`);
  expect(published).toEqual(specs.slice(0, names.indexOf('server')));

  refused.clear();
  const done = await publish();
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(published).toEqual(specs);
  expect(done.stdout).toContain(`was there  @cloudtask/sdk@${version}\n`);
  expect(done.stdout).toContain(`published  @cloudtask/server@${version}\n`);
});

test('what was built anew is not mixed with what is published already', async () => {
  const { publish, published, refused } = await aRegistry();
  for (const name of names.slice(1)) refused.add(`@cloudtask/${name}`);
  await publish();
  const folder = await ownFolder('other-build');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(path.dirname(tarballs['sdk'] ?? ''), folder, { recursive: true });
  appendFileSync(path.join(folder, path.basename(tarballs['sdk'] ?? '')), 'other');
  const refusedRun = await publish(folder);
  expect(refusedRun).toMatchObject({ code: 1, stdout: '' });
  expect(refusedRun.stderr).toContain(`@cloudtask/sdk@${version} was published from other files`);
  expect(published).toEqual(specs.slice(0, 1));
});

test('a package is not published from the folder of the repository', async () => {
  const refusal = await run('npm', ['publish', '--dry-run', '--provenance=false'], {
    cwd: path.join(repository, 'packages/sdk'),
  });
  expect(refusal.code).not.toBe(0);
  expect(refusal.stderr).toContain('A package is not published from its folder');
});
