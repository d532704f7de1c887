import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { MIGRATIONS } from './migrations.ts';

/**
 * A new, migrated embedded database as a compressed archive, made once by `build-seed.ts`. Starting from it takes 0.7 s
 * and 300 MB at the most, where PGlite's initdb takes 4 s and 1.06 GB. Undefined when there is none for this program: the
 * long way leads to the same place.
 */
export async function readSeed(): Promise<Uint8Array | undefined> {
  try {
    return await readFile(await seedFile());
  } catch {
    return undefined;
  }
}

export async function hasSeed(): Promise<boolean> {
  return existsSync(await seedFile());
}

/** Replaces the seeds of earlier versions. */
export async function writeSeed(archive: Uint8Array): Promise<string> {
  const file = await seedFile();
  await mkdir(FOLDER, { recursive: true });
  for (const name of await readdir(FOLDER)) {
    if (name.startsWith(PREFIX)) await rm(FOLDER + name, { force: true });
  }
  // Renamed, so that two builds at once, or one that is killed, never leave half an archive under this name.
  await writeFile(`${file}.${process.pid}`, await promisify(gzip)(archive));
  await rename(`${file}.${process.pid}`, file);
  return file;
}

// The package's dist folder, seen from src/database as well as from dist/database.
const FOLDER = fileURLToPath(new URL('../../dist/', import.meta.url));
const PREFIX = 'embedded-seed-';

/** Its name holds all that decides about its content. */
async function seedFile(): Promise<string> {
  const pglite = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(await readFile(pglite, 'utf8'));
  const key = createHash('sha256')
    .update(JSON.stringify([version, MIGRATIONS]))
    .digest('hex')
    .slice(0, 16);
  return `${FOLDER}${PREFIX}${key}.tar.gz`;
}
