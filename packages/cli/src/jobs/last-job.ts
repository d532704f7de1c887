import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivately } from '@cloudtask/sdk/node/private-file';

/** Which job `@last` means: the last one that was submitted to a server from here. */
export async function rememberLastJob(folder: string, url: string, id: string): Promise<void> {
  await writePrivately(pathIn(folder), `${JSON.stringify({ ...(await read(folder)), [url]: id })}\n`);
}

export async function lastJob(folder: string, url: string): Promise<string | undefined> {
  return (await read(folder))[url];
}

const pathIn = (folder: string) => join(folder, 'last-job.json');

// A convenience that can be lost: an unreadable file counts as none.
async function read(folder: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(pathIn(folder), 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}
