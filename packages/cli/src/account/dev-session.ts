import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuthenticationError, type CloudTask, type Session } from '@cloudtask/sdk';
import { devSlot } from '@cloudtask/sdk/node/dev-session';
import { readPrivately, writePrivately } from '@cloudtask/sdk/node/private-file';
import { type SessionSlot, toStored } from '@cloudtask/sdk/node/session-slot';

/** The account of `dev` in its own folder, signed in: every CLI and SDK below the folder uses it without a login. */
export async function openDevSession(ct: CloudTask, folder: string, pid: number): Promise<SessionSlot> {
  await keepOutOfGit(folder);
  const session = await signIn(ct, join(folder, 'account.json'));
  const slot = devSlot(folder);
  await slot.write({ ...toStored(ct.url, session), pid });
  return slot;
}

/** Of the account that is signed in by itself, an operator. */
export const DEV_ACCOUNT = 'dev@cloudtask.local';

// Data from an earlier start know the account; a new folder, or one whose data were removed, does not.
async function signIn(ct: CloudTask, path: string): Promise<Session> {
  const known = readPrivately(path);
  const account = known === undefined ? newAccount() : (JSON.parse(known) as ReturnType<typeof newAccount>);
  if (known === undefined) await writePrivately(path, `${JSON.stringify(account)}\n`);
  try {
    return await ct.auth.login(account);
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    return ct.auth.register(account);
  }
}

function newAccount() {
  return { email: DEV_ACCOUNT, password: randomBytes(24).toString('base64url') };
}

async function keepOutOfGit(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
