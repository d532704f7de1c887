import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { newId } from '@cloudtask/core/ids';
import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid } from '@cloudtask/core/submission/input-refused';
import type { Session, User } from '@cloudtask/sdk/contract';
import {
  type Account,
  createAccount,
  emailKey,
  findAccount,
  findAccountByEmail,
  replaceHash,
} from '../../store/accounts.ts';
import { endFamily, storeRefreshToken, useRefreshToken } from '../../store/refresh-tokens.ts';
import { revokeToken } from '../../store/token-standing.ts';
import { ApiProblem } from '../problem.ts';
import type { AccessTokens } from './access-tokens.ts';
import { badToken, type SessionCaller } from './caller.ts';
import { hashSecret } from './hash-secret.ts';
import { checkNewPassword, checkPasswordText } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { Throttles } from './throttles.ts';
import { tryPassword } from './try-password.ts';

export interface SessionsDeps {
  database: Database;
  clock: Clock;
  passwords: Passwords;
  accessTokens: AccessTokens;
  throttles: Throttles;
  accessLifetimeMs: number;
  refreshLifetimeMs: number;
  /** Keys of the addresses whose accounts are operators. */
  operators: ReadonlySet<string>;
}

export interface Credentials {
  email: string;
  password: string;
}

/** Makes an account and signs it in. */
export async function register(
  deps: SessionsDeps,
  { email, password }: Credentials,
  address: string,
): Promise<Session> {
  checkEmail(email);
  checkPasswordText(password);
  checkNewPassword(password, email);
  await deps.throttles.countRegistration(address);
  const passwordHash = await deps.passwords.hash(password);
  // Who starts the whole platform on a machine registers first; where many processes share a database, others might.
  const firstIsOperator = !deps.database.shared;
  const account = await createAccount(deps.database, { id: newId(deps.clock), email, passwordHash, firstIsOperator });
  if (!account) throw new ApiProblem('EMAIL_TAKEN', 'This e-mail address has an account already: sign in.');
  return await openSession(deps, account, randomUUID());
}

/** Signs in. An unknown address and a wrong password look the same, take as long and are counted alike. */
export async function login(deps: SessionsDeps, { email, password }: Credentials, address: string): Promise<Session> {
  const isPossible = checkText(email, '') === undefined;
  checkPasswordText(password);
  const account = isPossible ? await findAccountByEmail(deps.database, email) : undefined;
  const { isRight, needsRehash } = await tryPassword(deps, {
    email,
    address,
    password,
    passwordHash: account?.passwordHash,
  });
  if (!account || !isRight) {
    throw new ApiProblem('INVALID_CREDENTIALS', 'Wrong e-mail address or password.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  if (needsRehash) {
    await replaceHash(deps.database, account.id, account.passwordHash, await deps.passwords.hash(password));
  }
  return await openSession(deps, account, randomUUID());
}

/** A new pair of tokens for a refresh token, which is used up. One that comes a second time ends its session. */
export async function refresh(deps: SessionsDeps, refreshToken: string): Promise<Session> {
  const { database, accessLifetimeMs } = deps;
  const answer = await useRefreshToken(database, hashSecret(refreshToken));
  if (answer.kind === 'reused') await endFamily(database, { ...answer, accessLifetimeMs });
  const account = answer.kind === 'used' ? await findAccount(database, answer.userId) : undefined;
  if (answer.kind !== 'used' || !account) {
    throw new ApiProblem('INVALID_REFRESH_TOKEN', 'The refresh token is unknown, expired or was used before: sign in.');
  }
  return await openSession(deps, { ...account, tokenVersion: answer.tokenVersion }, answer.familyId);
}

/** Ends the caller's session: this token and all that came from the same login. */
export async function logout({ database, accessLifetimeMs }: SessionsDeps, caller: SessionCaller): Promise<void> {
  await endFamily(database, { userId: caller.userId, familyId: caller.familyId, accessLifetimeMs });
  await revokeToken(database, caller.tokenId, accessLifetimeMs);
}

export async function me({ database, operators }: SessionsDeps, userId: string): Promise<User> {
  const account = await findAccount(database, userId);
  if (!account) throw badToken('TOKEN_REVOKED');
  return toUser(account, operators);
}

export async function openSession(deps: SessionsDeps, account: Account, familyId: string): Promise<Session> {
  const { database, accessTokens, accessLifetimeMs, refreshLifetimeMs } = deps;
  const refreshToken = `ctr_${randomBytes(32).toString('base64url')}`;
  await storeRefreshToken(database, {
    tokenHash: hashSecret(refreshToken),
    userId: account.id,
    familyId,
    tokenVersion: account.tokenVersion,
    lifetimeMs: refreshLifetimeMs,
  });
  const token = await accessTokens.issue({ userId: account.id, familyId, tokenVersion: account.tokenVersion });
  return {
    token,
    accessToken: token,
    tokenType: 'Bearer',
    expiresIn: Math.max(1, Math.round(accessLifetimeMs / 1000)),
    refreshToken,
    user: toUser(account, deps.operators),
  };
}

function toUser({ id, email, isOperator, createdAt }: Account, operators: ReadonlySet<string>): User {
  return { id, email, isOperator: isOperator || operators.has(emailKey(email)), createdAt: createdAt.toISOString() };
}

// Whether mail arrives there is for the mail to tell; this only catches what cannot be an address.
const EMAIL = /^[^\s@<>()[\],;:\\"\p{Cc}\p{Cs}]{1,64}@[^\s@<>()[\],;:\\"\p{Cc}\p{Cs}]{1,190}$/u;

function checkEmail(email: string): void {
  const isAddress = EMAIL.test(email) && !/^\.|\.\.|\.@|@\.|\.$/.test(email);
  if (!isAddress) throw invalid([{ path: '/email', message: 'is not an e-mail address' }]);
}
