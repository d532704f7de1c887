import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudTask, CloudTaskError } from '@cloudtask/sdk';
import { writePrivately } from '@cloudtask/sdk/node/private-file';

/** A shell that waits for Tab waits no longer than this. */
const PATIENCE_MS = 500;
const FRESH_MS = 60_000;

/** What the server has the names of. */
export type NamedThings = 'queues' | 'schedules' | 'workers';

/** Names of a server for completion: kept for a minute, and none at all rather than a wait or an error. */
export async function knownNames(
  { ct, folder }: { ct: CloudTask; folder: string },
  what: NamedThings,
): Promise<string[]> {
  const path = join(folder, 'completions.json');
  const cache = await readCache(path);
  const key = `${ct.url} ${what}`;
  const kept = cache[key];
  if (kept && Date.now() - kept.at < FRESH_MS) return kept.names;
  try {
    const names = await ask(ct, what);
    await writePrivately(path, `${JSON.stringify({ ...cache, [key]: { at: Date.now(), names } })}\n`);
    return names;
  } catch (error) {
    if (!(error instanceof CloudTaskError)) throw error;
    return kept?.names ?? [];
  }
}

type Cache = Record<string, { at: number; names: string[] } | undefined>;

// A convenience that can be lost: an unreadable file counts as none.
async function readCache(path: string): Promise<Cache> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Cache;
  } catch {
    return {};
  }
}

async function ask(ct: CloudTask, what: NamedThings): Promise<string[]> {
  const options = { timeout: PATIENCE_MS, maxRetries: 0 };
  if (what === 'queues') return (await ct.queues.list(options)).data.map(({ name }) => name);
  if (what === 'workers') return (await ct.workers.list(options)).data.map(({ name }) => name);
  return (await ct.schedules.list({ ...options, limit: 100 })).data.map(({ name }) => name);
}
