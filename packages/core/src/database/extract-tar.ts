import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the directories and files of a POSIX tar archive: as much of the format as PGlite's dump of itself uses. */
export function extractTar(archive: Uint8Array, directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const { path, isDirectory, content } of entries(archive)) {
    if (isDirectory) mkdirSync(join(directory, path), { recursive: true, mode: 0o700 });
    else writeFileSync(join(directory, path), content, { mode: 0o600 });
  }
}

function* entries(archive: Uint8Array): Generator<{ path: string; isDirectory: boolean; content: Uint8Array }> {
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header[0] === 0) return;
    const size = Number.parseInt(text(header, 124, 12), 8) || 0;
    const start = at + BLOCK;
    if (start + size > archive.length) throw new Error('the tar archive ends too early');
    const type = text(header, 156, 1);
    if (type !== DIRECTORY && type !== FILE && type !== '')
      throw new Error(`the tar archive has an entry of type ${type}`);
    const path = join(text(header, 345, 155), text(header, 0, 100));
    yield { path, isDirectory: type === DIRECTORY, content: archive.subarray(start, start + size) };
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** A field of the header, up to its first NUL. */
function text(header: Uint8Array, start: number, length: number): string {
  const field = Buffer.from(header.buffer, header.byteOffset + start, length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

const BLOCK = 512;
const FILE = '0';
const DIRECTORY = '5';
