import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key that signs this directory's tokens: made once, readable by its owner only, so that logins survive a restart. */
export async function secretOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret');
  // Written elsewhere and linked: a crash in between leaves no empty key behind, and of two that come at once one wins.
  const draft = join(dataDir, `secret-${randomUUID()}`);
  await writeFile(draft, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return await readFile(file, 'utf8');
}
