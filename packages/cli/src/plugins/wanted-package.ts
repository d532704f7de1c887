import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { usageError } from '../errors/cli-error.ts';

/** A package as it was asked for. */
export interface WantedPackage {
  /** As `package.json` calls it. */
  name: string;
  /** What a package manager is told. */
  spec: string;
}

// One that begins with a dash would be a flag of the package manager.
const FROM_REGISTRY = /^((?:@[\w.~-]+\/)?[\w~][\w.~-]*)(?:@[^\s/\\]+)?$/;

/** `mail@1.2.0`, or a folder or a tarball here, whose name stands in it. */
export async function wantedPackage(given: string, cwd: string): Promise<WantedPackage> {
  const path = resolve(cwd, given);
  const there = await stat(path).catch(() => undefined);
  const isPath = /^[.~]{0,2}[/\\]/.test(given) || given.endsWith('.tgz') || ['.', '..'].includes(given);
  if (isPath && !there) throw usageError(`there is no ${given} here`, { why: 'It looks like a folder or a tarball.' });
  if (isPath && there?.isFile() && !/\.t(ar\.)?gz$/.test(path))
    throw usageError(`${given} is a file, and no package`, {
      why: 'A file of this project is a plugin as it is: nothing is to be installed.',
      tryThis: `write './${basename(given)}' into plugins in cloudtask.config.ts, seen from that file`,
    });
  if (isPath && there) {
    const text = there.isDirectory()
      ? await manifestOfFolder(path, given)
      : manifestOfTarball(await readFile(path), given);
    return { name: nameIn(text, given), spec: path };
  }
  const name = FROM_REGISTRY.exec(given)?.[1];
  if (name !== undefined) return { name, spec: given };
  throw usageError(`${given.slice(0, 100)} is no package`, {
    why: 'It is NAME, NAME@VERSION, or the path of a folder or a tarball.',
    tryThis: 'cloudtask plugins add cloudtask-plugin-mail@1.2.0',
  });
}

async function manifestOfFolder(folder: string, given: string): Promise<string> {
  return await readFile(resolve(folder, 'package.json'), 'utf8').catch((cause: unknown) => {
    throw usageError(`${given} is no package`, { why: `It has no package.json: ${(cause as Error).message}` });
  });
}

/** Of the first folder in it: `package/`, for what npm packs. */
function manifestOfTarball(packed: Buffer, given: string): string {
  try {
    const tar = gunzipSync(packed);
    for (let at = 0; at + 512 <= tar.length; ) {
      const field = (from: number, length: number) =>
        tar.toString('utf8', at + from, at + from + length).split('\0', 1)[0] ?? '';
      const size = Number.parseInt(field(124, 12), 8) || 0;
      if (/^[^/]+\/package\.json$/.test(field(0, 100))) return tar.toString('utf8', at + 512, at + 512 + size);
      at += 512 + Math.ceil(size / 512) * 512;
    }
  } catch (cause) {
    throw usageError(`${given} cannot be read`, { why: (cause as Error).message });
  }
  throw usageError(`${given} is no package`, { why: 'There is no package.json in it.' });
}

function nameIn(text: string, given: string): string {
  try {
    const { name } = JSON.parse(text) as { name?: unknown };
    if (typeof name === 'string' && name !== '') return name;
  } catch (cause) {
    throw usageError(`the package.json in ${given} cannot be read`, { why: (cause as Error).message });
  }
  throw usageError(`the package.json in ${given} has no name`);
}
