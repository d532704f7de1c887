import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudTask, CloudTaskError, type Duration, type TypeInfo } from '@cloudtask/sdk';
import { writePrivately } from '@cloudtask/sdk/node/private-file';

const FRESH_MS = 60_000;
/** Somebody waits for a command to do its work: a server that takes longer is done without. */
const PATIENCE: Duration = '2s';

/** The types of a server, as its workers registered them: asked at most once, kept for a minute for other commands. */
export interface KnownTypes {
  /** Undefined when there is none of that name, or nobody could be asked. */
  find(type: string): Promise<TypeInfo | undefined>;
  /** Empty when nobody could be asked. */
  all(): Promise<TypeInfo[]>;
  /** As the server knows them now, for what must not be refused by an old schema. */
  renewed(type: string): Promise<TypeInfo | undefined>;
}

export function knownTypes(
  { ct, folder }: { ct: CloudTask; folder: string },
  { patience = PATIENCE }: { patience?: Duration } = {},
): KnownTypes {
  let asked: Promise<TypeInfo[] | undefined> | undefined;
  const ask = () => {
    asked ??= askServer(ct, patience).then(async (types) => {
      if (types !== undefined) await keep(folder, ct.url, types);
      return types;
    });
    return asked;
  };
  const kept = async () => (asked === undefined ? await readKept(folder, ct.url) : undefined);
  const named = (types: readonly TypeInfo[] | undefined, name: string) => types?.find(({ type }) => type === name);
  return {
    all: async () => (await kept()) ?? (await ask()) ?? [],
    // A type that is new is not among those that are kept.
    find: async (type) => named(await kept(), type) ?? named(await ask(), type),
    renewed: async (type) => named(await ask(), type),
  };
}

async function askServer(ct: CloudTask, patience: Duration): Promise<TypeInfo[] | undefined> {
  try {
    const { data } = await ct.types.list({ timeout: patience, deadline: patience, maxRetries: 0 });
    return Array.isArray(data) ? data : undefined;
  } catch (error) {
    // Whoever is about to do the work meets the same error, and reports it.
    if (error instanceof CloudTaskError) return undefined;
    throw error;
  }
}

type Cache = Record<string, { at: number; types: TypeInfo[] } | undefined>;

const pathIn = (folder: string) => join(folder, 'types.json');

async function readKept(folder: string, url: string): Promise<TypeInfo[] | undefined> {
  const kept = (await readCache(folder))[url];
  return kept && Math.abs(Date.now() - kept.at) < FRESH_MS ? kept.types : undefined;
}

async function keep(folder: string, url: string, types: TypeInfo[]): Promise<void> {
  const kept = await readCache(folder);
  const fresh = Object.entries(kept).filter(([, each]) => each && Date.now() - each.at < FRESH_MS);
  const next: Cache = { ...Object.fromEntries(fresh), [url]: { at: Date.now(), types } };
  await writeQuietly(folder, next);
}

/** After a payload was refused: perhaps the schema has changed since it was kept. */
export async function forgetTypes(folder: string, url: string): Promise<void> {
  const { [url]: known, ...rest } = await readCache(folder);
  if (known !== undefined) await writeQuietly(folder, rest);
}

// A convenience that can be lost: where nothing can be written, it is asked for again.
async function writeQuietly(folder: string, cache: Cache): Promise<void> {
  await writePrivately(pathIn(folder), `${JSON.stringify(cache)}\n`).catch(() => {});
}

async function readCache(folder: string): Promise<Cache> {
  try {
    return JSON.parse(await readFile(pathIn(folder), 'utf8')) as Cache;
  } catch {
    return {};
  }
}
