import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Credentials } from '@cloudtask/sdk';
import { findDevSession } from '@cloudtask/sdk/node/dev-session';
import type { SessionStore } from '@cloudtask/sdk/node/profiles';
import type { StoredSession } from '@cloudtask/sdk/node/session-slot';
import { Flags } from '@oclif/core';
import { openQuestions, type Questions } from '../ask.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { readStdin, withoutLastLineBreak } from '../read-stdin.ts';
import { folderOf } from '../settings/profile.ts';
import type { Surroundings } from '../surroundings.ts';
import { mark } from '../views/mark.ts';
import { printable } from '../views/printable.ts';
import { endOf } from './api-token.ts';
import { refuseUnusable, storeFlag, storeOf } from './credentials.ts';
import { keepIn } from './keep-in.ts';

// There is no --password: arguments are seen by every process of the machine, and stay in the shell's history.
export const signInFlags = {
  email: Flags.string({ description: 'e-mail address of the account' }),
  'password-stdin': Flags.boolean({ description: 'read the password from stdin', exclusive: ['password-file'] }),
  'password-file': Flags.string({ description: 'read the password from a file' }),
  ...storeFlag,
};

export interface SignInInput {
  flags: { email?: string | undefined; 'password-stdin': boolean; 'password-file'?: string | undefined };
  out: Output;
  surroundings: Surroundings;
}

/** E-mail and password from flags, files and pipes, or asked for; twice where a typing error would lock the account's owner out. */
export async function readAccount(input: SignInInput, { again }: { again: boolean }): Promise<Credentials> {
  refuseToken(input.surroundings);
  const given = await givenPassword(input);
  const { email } = input.flags;
  if (email && given !== undefined) return { email, password: given };
  if (!input.out.look.mayAsk) throw cannotAsk(email, again ? 'register' : 'login');
  const questions = openQuestions(input.surroundings);
  try {
    const account = email || (await questions.text('E-mail'));
    if (account === '') throw usageError('which account? Pass --email');
    return { email: account, password: given ?? (await askPassword(questions, again)) };
  } finally {
    questions.close();
  }
}

async function givenPassword({ flags, surroundings }: SignInInput): Promise<string | undefined> {
  const file = flags['password-file'];
  if (flags['password-stdin']) return withoutLastLineBreak(await readStdin(surroundings.stdin));
  if (file !== undefined) return withoutLastLineBreak(await readPasswordFile(resolve(surroundings.cwd, file)));
  return undefined;
}

async function askPassword(questions: Questions, again: boolean): Promise<string> {
  const password = await questions.secret('Password');
  if (again && (await questions.secret('Again')) !== password) throw usageError('the two passwords differ');
  return password;
}

function cannotAsk(email: string | undefined, command: 'login' | 'register'): CliError {
  const what = email ? 'the password' : 'the account';
  return usageError(`there is no terminal to ask for ${what} on`, {
    why: 'Pass --email with --password-stdin or --password-file, or set CLOUDTASK_TOKEN in place of signing in.',
    tryThis: `printf %s "$PASSWORD" | cloudtask ${command} --email you@example.com --password-stdin`,
  });
}

async function readPasswordFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(`cannot read ${path}`, { why: (error as Error).message });
  }
}

/** Of the environment: it would win over what is stored now. */
export function refuseToken({ env }: Surroundings): void {
  if (!env.CLOUDTASK_TOKEN && !env.CLOUDTASK_TOKEN_FILE) return;
  throw new CliError('CLOUDTASK_TOKEN is set, and wins over every session', {
    code: 'TOKEN_IN_ENVIRONMENT',
    exit: EXIT.usage,
    why: 'A session that is stored now would not be used.',
    tryThis: 'unset CLOUDTASK_TOKEN CLOUDTASK_TOKEN_FILE',
  });
}

/** Where the session will be kept, which works: found out before a password is asked for or an account is made. */
export function chooseStore(
  { store }: { store?: SessionStore | undefined },
  { profile, surroundings }: { profile: string; surroundings: Surroundings },
): SessionStore {
  const folder = folderOf(surroundings);
  const chosen = store ?? storeOf(folder, profile);
  refuseUnusable(folder, profile, chosen);
  return chosen;
}

/** Keeps the session and says where. */
export async function keepSession(
  { out, surroundings }: Pick<SignInInput, 'out' | 'surroundings'>,
  { profile, stored, store, done }: { profile: string; stored: StoredSession; store: SessionStore; done: string },
): Promise<void> {
  const { url, user } = stored;
  const { path, left } = await keepIn(folderOf(surroundings), { profile, stored, store });
  if (left) out.warn(`warning: what was kept of ${profile} before is still there: ${left.message}`);
  if (out.isData) {
    out.data({ profile, url, user, expiresAt: endOf(stored), store });
    return;
  }
  out.say(`${mark('ok', { style: out.sayStyle, unicode: out.look.unicode })} ${done} ${printable(user.email)}`);
  out.say(`  Profile ${profile} → ${url}`);
  out.say(`  Session in ${path}${store === 'file' ? ' (mode 600)' : ''}`);
  if (findDevSession(surroundings.cwd) && !surroundings.env.CLOUDTASK_PROFILE) {
    out.say(`  In this folder the account of cloudtask dev is used, unless you say --profile ${profile}.`);
  }
}
