import type { ApiTokenScope } from '@cloudtask/sdk/contract';
import type { FastifyRequest } from 'fastify';
import { ApiProblem } from '../problem.ts';
import type { Need } from './need.ts';

/** Who a request comes from: a person who signed in, or a program with an API token of its account. */
export type Caller = SessionCaller | ApiTokenCaller;

interface AnyCaller {
  userId: string;
  tokenId: string;
  /** What the token may do, with everything that this includes. */
  scopes: ReadonlySet<ApiTokenScope>;
  /** Of the account; a token needs the scope too. */
  isOperator: boolean;
  /** Infinity: never. */
  expiresAtMs: number;
}

export interface SessionCaller extends AnyCaller {
  kind: 'session';
  /** Of the login that the token came from; its refresh tokens carry it too. */
  familyId: string;
  tokenVersion: number;
}

export interface ApiTokenCaller extends AnyCaller {
  kind: 'apiToken';
  tokenHash: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on public routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Needs no token. */
    isPublic?: boolean;
    /** What it asks of its caller. Each route has this or `isPublic`. */
    needs?: Need;
  }
}

export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw unauthenticated();
  return request.caller;
}

/** On routes that need `session`. */
export function sessionOf(request: FastifyRequest): SessionCaller {
  const caller = callerOf(request);
  if (caller.kind !== 'session') throw sessionRequired();
  return caller;
}

export function unauthenticated(): ApiProblem {
  return new ApiProblem('UNAUTHENTICATED', 'This needs a token: send "Authorization: Bearer <token>".', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}

export function sessionRequired(): ApiProblem {
  return new ApiProblem('SESSION_REQUIRED', 'An API token may not do this: sign in with the password.');
}

export function badToken(code: 'INVALID_TOKEN' | 'TOKEN_EXPIRED' | 'TOKEN_REVOKED', cause?: unknown): ApiProblem {
  const details = {
    INVALID_TOKEN: 'The access token is not valid.',
    TOKEN_EXPIRED: 'The access token has expired.',
    TOKEN_REVOKED: 'The access token was revoked.',
  };
  return new ApiProblem(code, details[code], {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    cause,
  });
}
