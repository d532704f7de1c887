import type { Queryable, Statement } from '@cloudtask/core/database/database';

export interface TokenIds {
  userId: string;
  tokenId: string;
  familyId: string;
}

export interface Standing {
  /** Null when the account is gone. */
  tokenVersion: number | null;
  isRevoked: boolean;
  isOperator: boolean;
}

/** What the database says of access tokens, in the order asked. `operators`: accounts that are operators by their address. */
export async function readStanding(
  db: Queryable,
  tokens: readonly TokenIds[],
  operators: readonly string[],
): Promise<Standing[]> {
  return await db.query<Standing>(STANDING, [
    tokens.map(({ userId }) => userId),
    tokens.map(({ tokenId }) => tokenId),
    tokens.map(({ familyId }) => familyId),
    operators,
  ]);
}

/** Refuses one access token from now on. */
export async function revokeToken(db: Queryable, tokenId: string, lifetimeMs: number): Promise<void> {
  await db.query(REVOKE, [tokenId, lifetimeMs]);
}

const STANDING: Statement = {
  name: 'token_standing',
  text: `
  select u.token_version as "tokenVersion",
         exists (select 1 from cloudtask.revoked_tokens r
                  where r.jti in (q.token_id, q.family_id) and r.expires_at > cloudtask.clock()) as "isRevoked",
         coalesce(u.is_operator or u.email_key = any($4::text[]), false) as "isOperator"
    from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as q (user_id, token_id, family_id, n)
    left join cloudtask.users u on u.id = q.user_id
   order by q.n`,
};

const REVOKE: Statement = {
  name: 'revoke_token',
  text: `
  insert into cloudtask.revoked_tokens (jti, expires_at)
  values ($1::uuid, cloudtask.clock() + $2::bigint * interval '1 ms')
  on conflict (jti) do nothing`,
};
