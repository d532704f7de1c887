import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** As registries and lock files write it: `sha512-…`. */
export async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512').update(await readFile(file));
  return `sha512-${hash.digest('base64')}`;
}
