import type { CloudTask } from '@cloudtask/sdk';
import type { StoredSession } from '@cloudtask/sdk/node/session-slot';
import { usageError } from '../errors/cli-error.ts';
import { readStdin, withoutLastLineBreak } from '../read-stdin.ts';
import type { Surroundings } from '../surroundings.ts';

/** An API token from stdin. What came is never repeated: it may be another secret. */
export async function readApiToken({ stdin }: Pick<Surroundings, 'stdin'>): Promise<string> {
  const token = withoutLastLineBreak(await readStdin(stdin));
  if (token === '') throw usageError('there is no token on stdin', { tryThis: EXAMPLE });
  // Anything else cannot be part of a header.
  if (!/^[!-~]+$/.test(token)) throw usageError('what came on stdin is no token', { tryThis: EXAMPLE });
  return token;
}

const EXAMPLE = 'printf %s "$TOKEN" | cloudtask login --token-stdin';

/** What the server knows behind an API token, in the form of a session. Throws when it does not take the token. */
export async function sessionOfToken(ct: CloudTask, token: string): Promise<StoredSession> {
  const { id, email } = await ct.auth.me();
  // There is nothing to renew it with. The server refuses an API token in that place as it refuses a session that is over, so
  // that every program that shares the file asks for a new sign-in.
  return { url: ct.url, user: { id, email }, token, expiresAt: UNKNOWN_END, refreshToken: token };
}

export function isApiToken({ token, refreshToken }: StoredSession): boolean {
  return token === refreshToken;
}

/** When the access token is over; null where only the server knows. */
export function endOf(stored: StoredSession): string | null {
  return isApiToken(stored) ? null : stored.expiresAt;
}

/** Whoever uses an API token never asks for a new one before the server refuses it. */
const UNKNOWN_END = '9999-12-31T23:59:59.999Z';
