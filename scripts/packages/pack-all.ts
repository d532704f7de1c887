import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { publishedPackages, tarballOf } from './published-packages.ts';
import { mustRunNpm } from './run-npm.ts';
import { stagePackage } from './stage-package.ts';

/** Packs every published package from a build; the folder is made anew. Returns the tarballs in the order of publishing. */
export async function packAll(target: string): Promise<string[]> {
  const packages = publishedPackages();
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const staged = packages.map(({ name }) => path.join(target, 'staged', name));
  for (const [at, each] of packages.entries()) await stagePackage(each, staged[at] ?? '');
  // One call for all: npm takes longer to start than to pack.
  await mustRunNpm(['pack', '--ignore-scripts', ...staged], { cwd: target });
  await rm(path.join(target, 'staged'), { recursive: true });
  return packages.map((each) => tarballOf(each, target));
}
