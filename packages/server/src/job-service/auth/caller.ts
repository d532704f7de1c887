import type { FastifyRequest } from 'fastify';
import { ApiProblem } from '../problem.ts';

/** Who a request comes from, as its access token says. */
export interface Caller {
  userId: string;
  tokenId: string;
  /** Of the login that the token came from; its refresh tokens carry it too. */
  familyId: string;
  tokenVersion: number;
  expiresAtMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on public routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Needs no token. */
    isPublic?: boolean;
  }
}

export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw unauthenticated();
  return request.caller;
}

export function unauthenticated(): ApiProblem {
  return new ApiProblem('UNAUTHENTICATED', 'This needs a token: send "Authorization: Bearer <token>".', {
    headers: { 'www-authenticate': 'Bearer' },
  });
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
