import { createBatcher } from '@cloudtask/core/batcher';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { type ApiTokenStanding, readApiTokenStanding } from '../../store/api-tokens.ts';
import { readStanding, type Standing } from '../../store/token-standing.ts';
import type { AccessClaims } from './access-tokens.ts';
import { type ApiTokenCaller, badToken, type SessionCaller } from './caller.ts';
import { ALL_SCOPES, withIncluded } from './needs.ts';

/** What the database says of tokens now. Questions that come together are asked together. */
export interface Standings {
  /** Throws TOKEN_EXPIRED or TOKEN_REVOKED. */
  ofSession(claims: AccessClaims): Promise<SessionCaller>;
  /** Undefined: there is no such token (any more). Throws TOKEN_EXPIRED. */
  ofApiToken(tokenHash: string): Promise<ApiTokenCaller | undefined>;
}

export interface StandingsDeps {
  database: Database;
  clock: Clock;
  /** Keys of the addresses whose accounts are operators. */
  operators: ReadonlySet<string>;
}

const BATCH = 500;

export function createStandings({ database, clock, operators }: StandingsDeps): Standings {
  const operatorKeys = [...operators];
  const sessions = createBatcher<AccessClaims, Standing>({
    maxItems: BATCH,
    flush: (claims) => readStanding(database, claims, operatorKeys),
  });
  const apiTokens = createBatcher<string, ApiTokenStanding>({
    maxItems: BATCH,
    flush: (hashes) => readApiTokenStanding(database, hashes, operatorKeys),
  });

  return {
    async ofSession({ userId, tokenId, familyId, tokenVersion, expiresAtMs }) {
      const claims = { userId, tokenId, familyId, tokenVersion, expiresAtMs };
      if (expiresAtMs <= clock.now()) throw badToken('TOKEN_EXPIRED');
      const standing = await sessions.add(claims);
      if (standing.isRevoked || standing.tokenVersion !== tokenVersion) throw badToken('TOKEN_REVOKED');
      return { kind: 'session', ...claims, scopes: ALL_SCOPES, isOperator: standing.isOperator };
    },

    async ofApiToken(tokenHash) {
      const { tokenId, userId, scopes, expiresAt, isOperator } = await apiTokens.add(tokenHash);
      if (tokenId === null) return undefined;
      const expiresAtMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
      if (expiresAtMs <= clock.now()) throw badToken('TOKEN_EXPIRED');
      return { kind: 'apiToken', tokenId, tokenHash, userId, scopes: withIncluded(scopes), isOperator, expiresAtMs };
    },
  };
}
