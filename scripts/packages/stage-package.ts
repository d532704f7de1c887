import { existsSync, globSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Plugin } from '@oclif/core';
import { bundleCli } from './bundle-cli.ts';
import { collectLicenses } from './collect-licenses.ts';
import type { Manifest, PublishedPackage } from './published-packages.ts';
import { root } from './published-packages.ts';

/**
 * Writes a package as its users get it, from a build (`tsc -b`), into a folder of its own. Not in place (`prepack`): what is
 * published differs from what the repository runs, and tests that run meanwhile must not see half of the change.
 */
export async function stagePackage({ name, folder, manifest }: PublishedPackage, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await cp(path.join(folder, 'README.md'), path.join(target, 'README.md'));
  await cp(path.join(root, 'LICENSE'), path.join(target, 'LICENSE'));
  const staged = forUsers(manifest);
  if (name === 'cli') await stageCommand(folder, target, staged);
  else await copyBuild(path.join(folder, 'dist'), path.join(target, 'dist'));
  await writeManifest(target, staged);
  if (name === 'cli') await writeCommandManifest(target);
}

/** Without what only the repository can use. The condition `source` would break those who have one of that name themselves. */
function forUsers({ devDependencies, scripts, ...manifest }: Manifest): Manifest {
  return withoutSource(manifest) as Manifest;
}

function withoutSource(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'source');
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutSource(each)]));
}

/**
 * Without source maps: they would lead to sources that are not there, and the code is what was written, without its types.
 * And without what the compiler once made of a source that is gone; it never takes such files away.
 */
async function copyBuild(from: string, to: string): Promise<void> {
  const source = path.join(path.dirname(from), 'src');
  const isMeant = (file: string) => {
    if (/\.(map|tsbuildinfo)$/.test(file)) return false;
    const [, name] = /^(.*?)(?:\.d\.ts|\.js)$/.exec(path.relative(from, file)) ?? [];
    return name === undefined || existsSync(path.join(source, `${name}.ts`));
  };
  await cp(from, to, { recursive: true, filter: isMeant });
  for (const file of globSync('**/*.{js,d.ts}', { cwd: to })) {
    const text = await readFile(path.join(to, file), 'utf8');
    await writeFile(path.join(to, file), text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
  }
}

async function stageCommand(folder: string, target: string, manifest: Manifest): Promise<void> {
  const { bundled } = await bundleCli(folder, path.join(target, 'dist'));
  // Whatever else its package.json names: the program itself, templates.
  for (const name of manifest['files'] as string[]) {
    if (name !== 'dist' && existsSync(path.join(folder, name)))
      await cp(path.join(folder, name), path.join(target, name), { recursive: true });
  }
  for (const page of globSync('*.md', { cwd: path.join(root, 'docs') }))
    await cp(path.join(root, 'docs', page), path.join(target, 'docs', page));
  await writeFile(path.join(target, 'dist/LICENSES.txt'), await collectLicenses(bundled));
  const names = new Set([...bundled.map((each) => each.name), '@cloudtask/sdk']);
  const needed = Object.entries(manifest.dependencies ?? {}).filter(([name]) => !names.has(name));
  manifest.dependencies = Object.fromEntries(needed);
}

/** With it oclif loads the file of one command; without it the files of all. */
async function writeCommandManifest(target: string): Promise<void> {
  const plugin = new Plugin({
    root: target,
    isRoot: true,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
  });
  await plugin.load();
  await writeFile(path.join(target, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`);
}

async function writeManifest(target: string, manifest: Manifest): Promise<void> {
  await writeFile(path.join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
