import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Session } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { askSecret, askText } from './ask.ts';
import { CliError, usageError } from './cli-error.ts';
import { saveSession } from './credentials.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';
import { folderOf, rememberServer } from './profile.ts';
import { readStdin, withoutLastLineBreak } from './read-stdin.ts';
import type { Surroundings } from './surroundings.ts';
import { printable } from './views/printable.ts';

// There is no --password: arguments are seen by every process of the machine, and stay in the shell's history.
export const signInFlags = {
  email: Flags.string({ description: 'e-mail address of the account' }),
  'password-stdin': Flags.boolean({ description: 'read the password from stdin', exclusive: ['password-file'] }),
  'password-file': Flags.string({ description: 'read the password from a file' }),
};

export interface SignInInput {
  flags: { email?: string | undefined; 'password-stdin': boolean; 'password-file'?: string | undefined };
  out: Output;
  surroundings: Surroundings;
}

/** E-mail and password from flags, files and pipes, or asked for; twice where a typing error would lock the account's owner out. */
export async function readAccount(input: SignInInput, { again }: { again: boolean }) {
  const { flags, out, surroundings } = input;
  refuseToken(surroundings);
  const { mayAsk } = out.look;
  const email = flags.email ?? (mayAsk ? await askText(surroundings, 'E-mail') : undefined);
  if (!email) throw usageError('which account? Pass --email');
  return { email, password: await readPassword(input, again) };
}

async function readPassword({ flags, out, surroundings }: SignInInput, again: boolean): Promise<string> {
  const file = flags['password-file'];
  if (flags['password-stdin']) return withoutLastLineBreak(await readStdin(surroundings.stdin));
  if (file !== undefined) return withoutLastLineBreak(await readPasswordFile(resolve(surroundings.cwd, file)));
  if (!out.look.mayAsk) {
    throw usageError('there is no terminal to ask for the password on', {
      why: 'Pass --password-stdin or --password-file, or set CLOUDTASK_TOKEN in place of signing in.',
      tryThis: 'printf %s "$PASSWORD" | cloudtask login --email you@example.com --password-stdin',
    });
  }
  const password = await askSecret(surroundings, 'Password');
  if (again && (await askSecret(surroundings, 'Again')) !== password) throw usageError('the two passwords differ');
  return password;
}

async function readPasswordFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(`cannot read ${path}`, { why: (error as Error).message });
  }
}

function refuseToken({ env }: Surroundings): void {
  if (!env.CLOUDTASK_TOKEN && !env.CLOUDTASK_TOKEN_FILE) return;
  throw new CliError('CLOUDTASK_TOKEN is set, and wins over every session', {
    code: 'TOKEN_IN_ENVIRONMENT',
    exit: EXIT.usage,
    why: 'A session that is stored now would not be used.',
    tryThis: 'unset CLOUDTASK_TOKEN CLOUDTASK_TOKEN_FILE',
  });
}

/** Keeps the session and says where. */
export async function keepSession(
  { out, surroundings }: Pick<SignInInput, 'out' | 'surroundings'>,
  { profile, url, session, done }: { profile: string; url: string; session: Session; done: string },
): Promise<void> {
  const folder = folderOf(surroundings);
  await rememberServer(folder, profile, url);
  const { path, stored } = await saveSession(folder, { profile, url, session });
  const { user, expiresAt } = stored;
  if (out.mode === 'json' || out.mode === 'jsonl') {
    out.json({ profile, url, user, expiresAt, store: 'file' });
    return;
  }
  const mark = out.sayStyle.green(out.look.unicode ? '✓' : '+');
  out.say(`${mark} ${done} ${printable(user.email)}`);
  out.say(`  Profile ${profile} → ${url}`);
  out.say(`  Session in ${path} (mode 600)`);
}
