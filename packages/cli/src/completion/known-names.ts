import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudTask, CloudTaskError } from '@cloudtask/sdk';
import { writePrivately } from '@cloudtask/sdk/node/private-file';

/** A shell that waits for Tab waits no longer than this. */
const PATIENCE_MS = 500;
const FRESH_MS = 60_000;

/** `causes`: of failures that need a look, `discarded`: of those that were discarded. */
export type Known = 'queues' | 'schedules' | 'workers' | 'causes' | 'discarded';

/** Names of a server for completion: kept for a minute, and none at all rather than a wait or an error. */
export async function knownNames({ ct, folder }: { ct: CloudTask; folder: string }, what: Known): Promise<string[]> {
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

async function ask(ct: CloudTask, what: Known): Promise<string[]> {
  const options = { timeout: PATIENCE_MS, maxRetries: 0 };
  switch (what) {
    case 'queues':
      return (await ct.queues.list(options)).data.map(({ name }) => name);
    case 'workers':
      return (await ct.workers.list(options)).data.map(({ name }) => name);
    case 'schedules':
      return (await ct.schedules.list({ ...options, limit: 100 })).data.map(({ name }) => name);
    case 'causes':
    case 'discarded': {
      const causes = await ct.failures.list({ discarded: what === 'discarded' }, options);
      return causes.data.map(({ fingerprint }) => fingerprint);
    }
  }
}
