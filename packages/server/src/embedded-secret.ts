import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key that signs this directory's tokens: made once, readable by its owner only, so that logins survive a restart. */
export async function secretOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret');
  try {
    const created = await open(file, 'wx', 0o600);
    await created.writeFile(randomBytes(48).toString('base64url'));
    await created.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return await readFile(file, 'utf8');
}
