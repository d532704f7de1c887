import { globSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundleCli } from '../../scripts/packages/bundle-cli.ts';
import { ownFolder } from '../support/own-folder.ts';

/** A command in small, bundled; returns where it lies. */
async function bundled(sources: Record<string, string>): Promise<string> {
  const folder = await ownFolder('bundle');
  onTestFinished(() => rm(folder, { recursive: true }));
  const all = { 'main.ts': 'export const main = () => 0;', 'help.ts': 'export default class {}', ...sources };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(folder, 'src', name)), { recursive: true });
    await writeFile(path.join(folder, 'src', name), text);
  }
  await bundleCli(folder, path.join(folder, 'dist'));
  return path.join(folder, 'dist');
}

test('what asks where it is, and what it starts by name, lies where the compiler would have put it', async () => {
  const dist = await bundled({
    'commands/dev.ts': "import { child } from '../live/start-child.ts'; export const run = () => child;",
    'live/start-child.ts':
      "export const child = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);",
    'live/child.ts': 'process.stdout.write("started");',
  });
  const files = globSync('**/*.js', { cwd: dist });
  expect(files).toEqual(expect.arrayContaining(['commands/dev.js', 'live/start-child.js', 'live/child.js']));
  const { run } = (await import(path.join(dist, 'commands/dev.js'))) as { run: () => URL };
  expect(run().pathname).toBe(path.join(dist, 'live/child.js'));
});

test('a view with ink is a file of its own, which the command loads when it is shown', async () => {
  const dist = await bundled({
    'commands/top.ts': "export const run = () => import('../live/top-view.ts');",
    'live/top-view.ts': "export { Text } from 'ink'; export { createElement } from 'react';",
  });
  expect(readFileSync(path.join(dist, 'commands/top.js'), 'utf8')).not.toMatch(/['"](ink|react)['"]/);
  const shared = globSync('shared/*.js', { cwd: dist }).map((file) => readFileSync(path.join(dist, file), 'utf8'));
  expect(shared.some((text) => /from ['"]ink['"]/.test(text) && /from ['"]react['"]/.test(text))).toBe(true);
});
