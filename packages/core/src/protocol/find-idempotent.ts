import type { Queryable, Statement } from '../database/database.ts';

export interface IdempotencyRecord {
  key: string;
  bodyHash: string;
  jobId: string;
}

/** What a user's idempotency keys stand for, within their 24 hours. */
export async function findIdempotent(
  db: Queryable,
  userId: string,
  keys: readonly string[],
): Promise<IdempotencyRecord[]> {
  return await db.query<IdempotencyRecord>(FIND, [userId, keys]);
}

const FIND: Statement = {
  name: 'find_idempotent',
  text: `
  select key, body_hash as "bodyHash", job_id as "jobId"
    from cloudtask.idempotency_keys
   where user_id = $1 and key = any($2::text[]) and expires_at > cloudtask.clock()`,
};
