import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the platform keeps in its folder; the account of dev stays. */
const DATA = ['db', 'mail', 'secret'];

/** Removes jobs, mails and keys of earlier starts. */
export async function removeData(folder: string): Promise<void> {
  for (const name of DATA) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
}

export interface DataFolder {
  path: string;
  close(): Promise<void>;
}

/** A folder that goes with the platform. */
export async function passingFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), 'cloudtask-dev-'));
  return { path, close: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
