import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { publishedPackages, root } from '../../../../scripts/packages/published-packages.ts';
import { stagePackage } from '../../../../scripts/packages/stage-package.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The program `cloudtask`, as it is published. */
    command: string;
  }
}

/**
 * Vitest's global set-up: bundles the command once, in a second, from the source as it is now. Tests start it hundreds of
 * times, and from its two hundred files each start costs twice as much. It lies where it finds what is not in the bundle.
 */
export default async function stageCommand(project: TestProject): Promise<() => Promise<void>> {
  const above = join(root, 'packages/cli/node_modules/.cloudtask-command');
  await mkdir(above, { recursive: true });
  const folder = await mkdtemp(join(above, 'run-'));
  const clear = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const cli = publishedPackages().find(({ name }) => name === 'cli');
    if (!cli) throw new Error('the package of the command is not there');
    await stagePackage(cli, folder);
  } catch (error) {
    await clear();
    throw error;
  }
  project.provide('command', join(folder, 'bin/run.js'));
  return clear;
}
