import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { publishedPackages, tarballOf } from '../../../scripts/packages/published-packages.ts';
import startServices from '../../support/start-services.ts';
import { mustRun } from './run.ts';

export interface InstalledPackages {
  /** The names of the packages in the order in which they are published: `sdk`, `core`, … */
  names: string[];
  /** The file of each, by name. */
  tarballs: Record<string, string>;
  /** A project of a user in which all of them are installed. Tests leave it as it is. */
  project: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    installed: InstalledPackages;
  }
}

const root = path.join(import.meta.dirname, '../../..');
/** What the project of the documentation imports, and what the contracts of users may be made with. */
const usersOwn = ['zod', 'arktype', 'valibot', '@types/node'];

/**
 * Vitest's global set-up: packs every package once, and installs all of them into an empty project as a user would. The
 * servers are for what runs from there in production.
 */
export default async function installPackages(test: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cloudtask-packages-'));
  const stopServices = await startServices(test);
  const clear = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    await stopServices();
  };
  try {
    test.provide('installed', await packAndInstall(folder));
  } catch (error) {
    await clear();
    throw error;
  }
  return clear;
}

async function packAndInstall(folder: string): Promise<InstalledPackages> {
  const packed = path.join(folder, 'packed');
  await mustRun(process.execPath, ['scripts/run.cjs', 'pack', packed], { cwd: root });
  const packages = publishedPackages();
  const tarballs = Object.fromEntries(packages.map((each) => [each.name, tarballOf(each, packed)]));
  const project = path.join(folder, 'project');
  await mkdir(project);
  await writeFile(path.join(project, 'package.json'), '{ "name": "of-a-user", "private": true, "type": "module" }\n');
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { devDependencies } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const others = usersOwn.map((name) => `${name}@${devDependencies[name]}`);
  await mustRun('npm', ['install', ...options, ...Object.values(tarballs), ...others], { cwd: project });
  await cp(path.join(import.meta.dirname, '../project'), project, { recursive: true });
  return { names: packages.map(({ name }) => name), tarballs, project };
}
