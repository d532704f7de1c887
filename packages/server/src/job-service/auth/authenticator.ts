import { createBatcher } from '@cloudtask/core/batcher';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { readStanding, type Standing } from '../../store/token-standing.ts';
import type { AccessTokens } from './access-tokens.ts';
import { badToken, type Caller, unauthenticated } from './caller.ts';
import { generationCache } from './generation-cache.ts';

export interface Authenticator {
  /**
   * Who sent this `Authorization` header. Answers at once for a token seen lately: checking a signature costs more than
   * the rest of a request, and a read of the database more than that.
   */
  authenticate(header: string | undefined): Caller | Promise<Caller>;
  /** Throws when the token is no longer good: for streams, which outlive the request that began them. */
  recheck(caller: Caller): Promise<void>;
  /** What was known of the tokens of a session counts no more: it was ended in this process just now. */
  endFamily(familyId: string): void;
}

export interface AuthenticatorDeps {
  database: Database;
  clock: Clock;
  accessTokens: AccessTokens;
}

interface Known {
  caller: Caller;
  /** When the database last said that it is good. */
  checkedAtMs: number;
  checking: Promise<void> | undefined;
}

/** A revoked token is refused everywhere after this long at most. */
const RECHECK_MS = 5_000;
/** From here on the check is made beside the request, so that busy tokens never wait for it. */
const RECHECK_EARLY_MS = 2_500;
const REMEMBERED_TOKENS = 10_000;

export function createAuthenticator({ database, clock, accessTokens }: AuthenticatorDeps): Authenticator {
  const known = generationCache<Known>(REMEMBERED_TOKENS);
  const ended = generationCache<true>(REMEMBERED_TOKENS);
  const standings = createBatcher<Caller, Standing>({
    maxItems: 500,
    flush: (callers) => readStanding(database, callers),
  });

  async function recheck(caller: Caller): Promise<void> {
    if (caller.expiresAtMs <= clock.now()) throw badToken('TOKEN_EXPIRED');
    const standing = await standings.add(caller);
    if (standing.isRevoked || standing.tokenVersion !== caller.tokenVersion) throw badToken('TOKEN_REVOKED');
  }

  async function meet(token: string): Promise<Caller> {
    const caller = await accessTokens.verify(token);
    const checkedAtMs = clock.now();
    await recheck(caller);
    known.set(token, { caller, checkedAtMs, checking: undefined });
    return caller;
  }

  function check(token: string, entry: Known): Promise<void> {
    const startedAtMs = clock.now();
    entry.checking ??= recheck(entry.caller)
      .then(
        () => {
          entry.checkedAtMs = startedAtMs;
        },
        (error: unknown) => {
          known.delete(token);
          throw error;
        },
      )
      .finally(() => {
        entry.checking = undefined;
      });
    return entry.checking;
  }

  function authenticate(header: string | undefined): Caller | Promise<Caller> {
    const token = bearerToken(header);
    if (token === undefined) throw unauthenticated();
    const entry = known.get(token);
    if (!entry) return meet(token);
    const now = clock.now();
    if (entry.caller.expiresAtMs <= now) {
      known.delete(token);
      throw badToken('TOKEN_EXPIRED');
    }
    const age = ended.get(entry.caller.familyId) ? RECHECK_MS : now - entry.checkedAtMs;
    if (age >= RECHECK_MS) return check(token, entry).then(() => entry.caller);
    // Whoever comes after RECHECK_MS sees what went wrong; this request needs no answer.
    if (age >= RECHECK_EARLY_MS) check(token, entry).catch(() => {});
    return entry.caller;
  }

  return {
    authenticate,
    recheck,
    endFamily: (familyId) => ended.set(familyId, true),
  };
}

function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +([^\s]+) *$/i.exec(header)?.[1];
}
