import { chmod, rmdir, stat } from 'node:fs/promises';
import { LOCK_STALE_MS } from '@cloudtask/sdk/node/private-file';
import { credentialsPath } from '@cloudtask/sdk/node/profiles';
import { type Finding, finding } from './finding.ts';

/** Mends what can be mended without losing anything, and says what it did. Nothing is said of what is as it should be. */
export async function mend(folder: string): Promise<Finding[]> {
  const file = credentialsPath(folder);
  const done = [
    await closeToOthers(folder, { others: 0o022, mode: 0o700, could: 'write to' }),
    await closeToOthers(file, { others: 0o077, mode: 0o600, could: 'read' }),
    await removeLock(`${file}.lock`),
  ];
  return done.filter((each) => each !== null);
}

async function closeToOthers(
  path: string,
  { others, mode, could }: { others: number; mode: number; could: string },
): Promise<Finding | null> {
  const found = await stat(path).catch(() => null);
  // Windows has no such bits and shows them set.
  if (found === null || process.platform === 'win32' || (found.mode & others) === 0) return null;
  return attempt(path, async () => {
    await chmod(path, mode);
    const before = (found.mode & 0o777).toString(8);
    const known = could === 'read' ? 'cloudtask logout && cloudtask login, if others use this machine' : null;
    return finding('mended', 'ok', `others could ${could} ${path}: mode ${before} is now ${mode.toString(8)}`, known);
  });
}

/** Whoever holds a lock for so long was killed. */
async function removeLock(path: string): Promise<Finding | null> {
  const found = await stat(path).catch(() => null);
  if (found === null || Date.now() - found.mtimeMs < LOCK_STALE_MS) return null;
  return attempt(path, async () => {
    await rmdir(path);
    return finding('mended', 'ok', `${path} was left behind by a process that is gone: it is removed`);
  });
}

async function attempt(path: string, work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (error) {
    return finding('mended', 'fail', `${path} could not be mended: ${(error as Error).message}`, `ls -ld ${path}`);
  }
}
