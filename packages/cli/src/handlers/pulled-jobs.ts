import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Job } from '@cloudtask/sdk';
import { DEV_FOLDER } from '@cloudtask/sdk/node/dev-session';
import { usageError } from '../errors/cli-error.ts';

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
  await write(path, job);
  return relative(cwd, path);
}

/** The same in a folder that somebody chose; what git sees of it is theirs to say. */
export async function keepPulledIn(cwd: string, folder: string, job: Job): Promise<string> {
  const path = resolve(cwd, folder, `${job.id}.json`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await write(path, job);
  return relative(cwd, path);
}

async function write(path: string, job: Job): Promise<void> {
  await writeFile(path, `${JSON.stringify(job, null, 2)}\n`, { mode: 0o600 });
}

/** The one job that was pulled here and whose id ends so, or that of a file; undefined when there is none, or more than one. */
export async function findPulled(cwd: string, ref: string): Promise<Job | undefined> {
  if (ref.endsWith('.json')) return readPulled(resolve(cwd, ref));
  const folder = join(cwd, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => name.endsWith(`${ref.toLowerCase()}.json`));
  const [name] = found;
  if (name === undefined || found.length > 1) return undefined;
  return readPulled(join(folder, name));
}

async function readPulled(path: string): Promise<Job> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Job;
  } catch (cause) {
    throw usageError(`${path} holds no job that was pulled`, {
      why: (cause as Error).message,
      tryThis: 'cloudtask jobs pull REF --out DIR',
    });
  }
}
