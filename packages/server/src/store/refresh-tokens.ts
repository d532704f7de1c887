import type { Queryable, Statement } from '@cloudtask/core/database/database';

export interface NewRefreshToken {
  tokenHash: string;
  userId: string;
  familyId: string;
  /** Of the account when the session began. It counts only as long as the account's is the same. */
  tokenVersion: number;
  lifetimeMs: number;
}

export async function storeRefreshToken(db: Queryable, token: NewRefreshToken): Promise<void> {
  await db.query(STORE, [token.tokenHash, token.userId, token.familyId, token.lifetimeMs, token.tokenVersion]);
}

/** `reused`: it had been used before, so somebody has a copy. */
export type RefreshAnswer =
  | { kind: 'used' | 'reused'; userId: string; familyId: string; tokenVersion: number }
  | { kind: 'unknown' };

/** Uses a refresh token up. Of two at the same moment one wins; the other is a reuse. */
export async function useRefreshToken(db: Queryable, tokenHash: string): Promise<RefreshAnswer> {
  const [row] = await db.query<{ userId: string; familyId: string; tokenVersion: number; used: boolean }>(USE, [
    tokenHash,
  ]);
  if (!row) return { kind: 'unknown' };
  const { used, ...token } = row;
  return { kind: used ? 'used' : 'reused', ...token };
}

/**
 * Ends a session: its refresh tokens are gone, and the access tokens that came from it are refused for as long as the
 * last of them could live.
 */
export async function endFamily(
  db: Queryable,
  family: { userId: string; familyId: string; accessLifetimeMs: number },
): Promise<void> {
  await db.query(END_FAMILY, [family.familyId, family.userId, family.accessLifetimeMs]);
}

const STORE: Statement = {
  name: 'store_refresh_token',
  text: `
  insert into cloudtask.refresh_tokens (token_hash, user_id, family_id, created_at, expires_at, token_version)
  values ($1, $2, $3, cloudtask.clock(), cloudtask.clock() + $4::bigint * interval '1 ms', $5)`,
};

// The update takes the row lock; whoever waits for it sees `used_at` set and updates nothing.
// What comes of the token has the token's own version: a refresh that meets a change of the password yields nothing good.
const USE: Statement = {
  name: 'use_refresh_token',
  text: `
  with used as (
    update cloudtask.refresh_tokens set used_at = cloudtask.clock()
     where token_hash = $1 and used_at is null and expires_at > cloudtask.clock()
    returning token_hash
  )
  select t.user_id as "userId", t.family_id as "familyId", t.token_version as "tokenVersion",
         exists (select 1 from used) as used
    from cloudtask.refresh_tokens t
    join cloudtask.users u on u.id = t.user_id and u.token_version = t.token_version
   where t.token_hash = $1 and t.expires_at > cloudtask.clock()`,
};

const END_FAMILY: Statement = {
  name: 'end_family',
  text: `
  with gone as (delete from cloudtask.refresh_tokens where family_id = $1::uuid and user_id = $2)
  insert into cloudtask.revoked_tokens (jti, expires_at)
  values ($1::uuid, cloudtask.clock() + $3::bigint * interval '1 ms')
  on conflict (jti) do nothing`,
};
