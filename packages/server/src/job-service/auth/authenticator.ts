import type { Clock } from '@cloudtask/core/clock';
import type { AccessTokens } from './access-tokens.ts';
import { API_TOKEN_PREFIX, hashOfApiToken } from './api-tokens.ts';
import { badToken, type Caller, unauthenticated } from './caller.ts';
import { generationCache } from './generation-cache.ts';
import type { Standings } from './standings.ts';
import type { TokenUses } from './token-uses.ts';

export interface Authenticator {
  /**
   * Who sent this `Authorization` header. Answers at once for a token seen lately: checking a signature costs more than
   * the rest of a request, and a read of the database more than that.
   */
  authenticate(header: string | undefined): Caller | Promise<Caller>;
  /** Throws when the token is no longer good: for streams, which outlive the request that began them. */
  recheck(caller: Caller): Promise<void>;
  /** What was known of the tokens of this session, API token or account counts no more: it was changed just now. */
  forget(id: string): void;
}

export interface AuthenticatorDeps {
  clock: Clock;
  accessTokens: AccessTokens;
  standings: Standings;
  uses: TokenUses;
}

interface Known {
  caller: Caller;
  /** When the database last said that it is good. */
  checkedAtMs: number;
  /** How many changes had happened then. */
  changes: number;
  checking: { changes: number; done: Promise<void> } | undefined;
}

/** A revoked token is refused everywhere after this long at most. */
const RECHECK_MS = 5_000;
/** From here on the check is made beside the request, so that busy tokens never wait for it. */
const RECHECK_EARLY_MS = 2_500;
const REMEMBERED_TOKENS = 10_000;

export function createAuthenticator({ clock, accessTokens, standings, uses }: AuthenticatorDeps): Authenticator {
  const known = generationCache<Known>(REMEMBERED_TOKENS);
  /** The number of the latest change of a session, an API token or an account. */
  const changed = generationCache<number>(REMEMBERED_TOKENS);
  let changes = 0;

  async function meet(token: string): Promise<Caller> {
    const before = { checkedAtMs: clock.now(), changes };
    const caller = await identify(token);
    known.set(token, { caller, ...before, checking: undefined });
    return caller;
  }

  async function identify(token: string): Promise<Caller> {
    if (!token.startsWith(API_TOKEN_PREFIX)) return await standings.ofSession(await accessTokens.verify(token));
    const tokenHash = hashOfApiToken(token);
    const caller = tokenHash === undefined ? undefined : await standings.ofApiToken(tokenHash);
    if (!caller) throw badToken('INVALID_TOKEN');
    return caller;
  }

  async function readAgain(caller: Caller): Promise<Caller> {
    if (caller.kind === 'session') return await standings.ofSession(caller);
    const fresh = await standings.ofApiToken(caller.tokenHash);
    if (!fresh) throw badToken('TOKEN_REVOKED');
    return fresh;
  }

  /** One check at a time, unless something changed since it began: it may have read what was before. */
  function check(token: string, entry: Known): Promise<void> {
    if (entry.checking && !hasChanged(entry.caller, entry.checking.changes)) return entry.checking.done;
    const before = { checkedAtMs: clock.now(), changes };
    const done = readAgain(entry.caller)
      .then(
        (caller) => {
          Object.assign(entry, { caller, ...before });
        },
        (error: unknown) => {
          known.delete(token);
          throw error;
        },
      )
      .finally(() => {
        if (entry.checking?.done === done) entry.checking = undefined;
      });
    entry.checking = { changes, done };
    return done;
  }

  function hasChanged(caller: Caller, since: number): boolean {
    if (since === changes) return false;
    const latest = changed.get(caller.kind === 'session' ? caller.familyId : caller.tokenId) ?? 0;
    return Math.max(latest, changed.get(caller.userId) ?? 0) > since;
  }

  function recall(token: string): Caller | Promise<Caller> {
    const entry = known.get(token);
    if (!entry) return meet(token);
    const now = clock.now();
    if (entry.caller.expiresAtMs <= now) {
      known.delete(token);
      throw badToken('TOKEN_EXPIRED');
    }
    const age = hasChanged(entry.caller, entry.changes) ? RECHECK_MS : now - entry.checkedAtMs;
    if (age >= RECHECK_MS) return check(token, entry).then(() => entry.caller);
    // Whoever comes after RECHECK_MS sees what went wrong; this request needs no answer.
    if (age >= RECHECK_EARLY_MS) check(token, entry).catch(() => {});
    return entry.caller;
  }

  function noteUse(caller: Caller): Caller {
    if (caller.kind === 'apiToken') uses.note(caller.tokenId);
    return caller;
  }

  return {
    authenticate(header) {
      const token = bearerToken(header);
      if (token === undefined) throw unauthenticated();
      const caller = recall(token);
      return caller instanceof Promise ? caller.then(noteUse) : noteUse(caller);
    },
    recheck: async (caller) => {
      await readAgain(caller);
    },
    forget: (id) => {
      changes += 1;
      changed.set(id, changes);
    },
  };
}

function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +([^\s]+) *$/i.exec(header)?.[1];
}
