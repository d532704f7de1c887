import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';
import type { ApiTokenScope } from '@cloudtask/sdk/contract';

export interface ApiTokenRow {
  id: string;
  name: string;
  hint: string;
  scopes: ApiTokenScope[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

export interface NewApiTokenRow {
  id: string;
  userId: string;
  name: string;
  tokenHash: string;
  hint: string;
  scopes: readonly ApiTokenScope[];
  /** Null: it never expires. */
  lifetimeMs: number | null;
  /** Of one account, not counting those that have expired. */
  maxTokens: number;
}

/** `taken`: the account has a token of this name, and it has not expired. One that has gives its name away. */
export async function createApiToken(
  db: Queryable,
  token: NewApiTokenRow,
): Promise<ApiTokenRow | 'taken' | 'too_many'> {
  const { id, userId, name, tokenHash, hint, scopes, lifetimeMs, maxTokens } = token;
  const [row] = await db.query<ApiTokenRow>(CREATE, [id, userId, name, tokenHash, hint, scopes, lifetimeMs, maxTokens]);
  if (row) return row;
  const [taken] = await db.query(NAMED, [userId, name]);
  return taken ? 'taken' : 'too_many';
}

/** In the order in which they were made. */
export async function listApiTokens({ kysely }: Database, userId: string): Promise<ApiTokenRow[]> {
  return await kysely
    .selectFrom('cloudtask.api_tokens')
    .select(['id', 'name', 'hint', 'created_at as createdAt', 'expires_at as expiresAt', 'last_used_at as lastUsedAt'])
    .select(({ ref }) => ref('scopes').$castTo<ApiTokenScope[]>().as('scopes')) // only these were ever stored
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
}

/** False when the account has no such token. */
export async function deleteApiToken(db: Queryable, { userId, id }: { userId: string; id: string }): Promise<boolean> {
  return (await db.query(DELETE, [id, userId])).length > 0;
}

export interface ApiTokenStanding {
  /** Null when there is no such token. */
  tokenId: string | null;
  userId: string;
  scopes: ApiTokenScope[];
  expiresAt: Date | null;
  isOperator: boolean;
}

/** What the database says of API tokens, in the order asked. `operators`: accounts that are operators by their address. */
export async function readApiTokenStanding(
  db: Queryable,
  tokenHashes: readonly string[],
  operators: readonly string[],
): Promise<ApiTokenStanding[]> {
  return await db.query<ApiTokenStanding>(STANDING, [tokenHashes, operators]);
}

/** Notes that tokens were used, each at most once a minute however many processes ask. */
export async function noteApiTokenUse(db: Queryable, tokenIds: readonly string[]): Promise<void> {
  await db.query(NOTE_USE, [tokenIds]);
}

const CREATE: Statement = {
  name: 'create_api_token',
  text: `
  insert into cloudtask.api_tokens as t (id, user_id, name, token_hash, hint, scopes, created_at, expires_at)
  select $1, $2, $3, $4, $5, $6::text[], cloudtask.clock(), cloudtask.clock() + $7::bigint * interval '1 ms'
   where (select count(*) from cloudtask.api_tokens
           where user_id = $2 and (expires_at is null or expires_at > cloudtask.clock())) < $8::integer
  on conflict (user_id, name) do update
     set id = excluded.id, token_hash = excluded.token_hash, hint = excluded.hint, scopes = excluded.scopes,
         created_at = excluded.created_at, expires_at = excluded.expires_at, last_used_at = null
   where t.expires_at <= cloudtask.clock()
  returning id, name, hint, scopes, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt"`,
};

const NAMED: Statement = {
  name: 'api_token_named',
  text: `
  select id from cloudtask.api_tokens
   where user_id = $1 and name = $2 and (expires_at is null or expires_at > cloudtask.clock())`,
};

const DELETE: Statement = {
  name: 'delete_api_token',
  text: 'delete from cloudtask.api_tokens where id = $1 and user_id = $2 returning id',
};

const STANDING: Statement = {
  name: 'api_token_standing',
  text: `
  select t.id as "tokenId", t.user_id as "userId", t.scopes, t.expires_at as "expiresAt",
         u.is_operator or u.email_key = any($2::text[]) as "isOperator"
    from unnest($1::text[]) with ordinality as q (token_hash, n)
    left join (cloudtask.api_tokens t join cloudtask.users u on u.id = t.user_id) on t.token_hash = q.token_hash
   order by q.n`,
};

// Of two processes that note the same token one does it; neither waits.
const NOTE_USE: Statement = {
  name: 'note_api_token_use',
  text: `
  update cloudtask.api_tokens set last_used_at = cloudtask.clock()
   where id in (select id from cloudtask.api_tokens
                 where id = any($1::uuid[])
                   and (last_used_at is null or last_used_at <= cloudtask.clock() - interval '1 minute')
                 for update skip locked)`,
};
