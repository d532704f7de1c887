import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Job } from '@cloudtask/sdk';
import { DEV_FOLDER } from '@cloudtask/sdk/node/dev-session';

/** Below the folder that is kept out of git: payloads are other people's data. */
const FOLDER = join(DEV_FOLDER, 'pulled');

/** Keeps a job for `handlers run --job`; returns the path, seen from `cwd`. A job that was pulled before is replaced. */
export async function keepPulled(cwd: string, job: Job): Promise<string> {
  const folder = join(cwd, FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(cwd, DEV_FOLDER, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const path = join(folder, `${job.id}.json`);
  await writeFile(path, `${JSON.stringify(job, null, 2)}\n`, { mode: 0o600 });
  return relative(cwd, path);
}

/** The one job that was pulled here and whose id ends so; undefined when there is none, or more than one. */
export async function findPulled(cwd: string, ref: string): Promise<Job | undefined> {
  const folder = join(cwd, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => name.endsWith(`${ref.toLowerCase()}.json`));
  const [name] = found;
  if (name === undefined || found.length > 1) return undefined;
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as Job;
}
