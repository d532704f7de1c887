import { randomBytes } from 'node:crypto';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { newId } from '@cloudtask/core/ids';
import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid } from '@cloudtask/core/submission/input-refused';
import { limitedDuration } from '@cloudtask/core/submission/limited-duration';
import type { ApiToken, ApiTokenScope, Duration, NewApiToken } from '@cloudtask/sdk/contract';
import { type ApiTokenRow, createApiToken, deleteApiToken, listApiTokens } from '../../store/api-tokens.ts';
import { ApiProblem } from '../problem.ts';
import { isUuid } from '../uuid.ts';
import type { SessionCaller } from './caller.ts';
import { hashSecret } from './hash-secret.ts';
import { operatorRequired } from './needs.ts';

export const API_TOKEN_PREFIX = 'ctt_';
const FORM = /^ctt_[\w-]{43}$/;
/** A hint shows six characters of 43: enough to tell tokens apart, nothing to guess from. */
const HINT_LENGTH = API_TOKEN_PREFIX.length + 6;
const MAX_TOKENS = 200;
const MAX_LIFETIME_MS = 366 * 86_400_000;
const MIN_LIFETIME_MS = 1_000;

/** What is stored of a token; undefined when it cannot be one. */
export function hashOfApiToken(token: string): string | undefined {
  return FORM.test(token) ? hashSecret(token) : undefined;
}

export interface ApiTokensDeps {
  database: Database;
  clock: Clock;
}

export interface ApiTokenRequest {
  name: string;
  scopes: readonly ApiTokenScope[];
  expiresIn?: Duration;
}

/** Makes a token that is shown this once. */
export async function issueApiToken(
  { database, clock }: ApiTokensDeps,
  caller: SessionCaller,
  { name, scopes, expiresIn }: ApiTokenRequest,
): Promise<NewApiToken> {
  const issue = name.trim() === '' ? { path: '/name', message: 'must not be blank' } : checkText(name, '/name');
  if (issue) throw invalid([issue]);
  if (scopes.includes('operator') && !caller.isOperator) throw operatorRequired();
  const token = `${API_TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;
  const answer = await createApiToken(database, {
    id: newId(clock),
    userId: caller.userId,
    name,
    tokenHash: hashSecret(token),
    hint: token.slice(0, HINT_LENGTH),
    scopes: [...new Set(scopes)],
    lifetimeMs:
      expiresIn === undefined
        ? null
        : limitedDuration('/expiresIn', expiresIn, { minMs: MIN_LIFETIME_MS, maxMs: MAX_LIFETIME_MS }),
    maxTokens: MAX_TOKENS,
  });
  if (answer === 'taken') {
    throw new ApiProblem('TOKEN_EXISTS', `You have an API token named ${JSON.stringify(name)} already.`);
  }
  if (answer === 'too_many') {
    throw new ApiProblem('TOO_MANY_TOKENS', `You have ${MAX_TOKENS} API tokens already; that is all there may be.`);
  }
  return { ...toApiToken(answer), token };
}

export async function ownApiTokens({ database }: ApiTokensDeps, userId: string): Promise<ApiToken[]> {
  return (await listApiTokens(database, userId)).map(toApiToken);
}

/** Ends a token. Throws TOKEN_NOT_FOUND, also for a token of somebody else. */
export async function removeApiToken({ database }: ApiTokensDeps, userId: string, id: string): Promise<void> {
  if (isUuid(id) && (await deleteApiToken(database, { userId, id }))) return;
  throw new ApiProblem('TOKEN_NOT_FOUND', `There is no API token ${JSON.stringify(id.slice(0, 100))} of yours.`);
}

function toApiToken({ id, name, hint, scopes, createdAt, expiresAt, lastUsedAt }: ApiTokenRow): ApiToken {
  return {
    id,
    name,
    hint,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
