import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CloudTaskError } from '../errors.ts';
import { sleep } from '../sleep.ts';

/** The text of a file that only its owner may read; undefined when there is none. Refuses one that others can read, as ssh does. */
export function readPrivately(path: string): string | undefined {
  let mode: number;
  try {
    mode = statSync(path).mode & 0o777;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CloudTaskError(
      `other users can read ${path} (mode ${mode.toString(8)}); it holds a session. Take it back with: chmod 600 ${path}`,
      { code: 'CREDENTIALS_EXPOSED' },
    );
  }
  return readFileSync(path, 'utf8');
}

/** Replaces the file as a whole: a reader sees the old text or the new one, and nobody else sees either. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    // The umask can only take bits away, but a file system may not know modes until asked.
    await chmod(draft, 0o600);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

const LOCK_PATIENCE_MS = 10_000;
/** Longer than a refresh can take: who holds a lock for longer was killed. */
export const LOCK_STALE_MS = 60_000;

/** One process at a time: a refresh token that two of them use ends the session. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (const startedAt = Date.now(); ; await sleep(25)) {
    if (await taken(lock)) break;
    const age = Date.now() - ((await stat(lock).catch(() => null))?.mtimeMs ?? Date.now());
    if (age > LOCK_STALE_MS) await rmdir(lock).catch(() => {});
    if (Date.now() - startedAt > LOCK_PATIENCE_MS) {
      throw new CloudTaskError(`another process holds ${lock}; if none runs, remove it`, {
        code: 'CREDENTIALS_LOCKED',
      });
    }
  }
  try {
    return await work();
  } finally {
    await rmdir(lock).catch(() => {});
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
