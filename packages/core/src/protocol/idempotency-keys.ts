import type { Queryable, Statement } from '../database/database.ts';

export interface IdempotencyRecord {
  key: string;
  bodyHash: string;
  jobId: string;
  /** The job was there already: it has the unique key of the one that was submitted with this key. */
  isConflict: boolean;
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
  select key, body_hash as "bodyHash", job_id as "jobId", is_conflict as "isConflict"
    from cloudtask.idempotency_keys
   where user_id = $1 and key = any($2::text[]) and expires_at > cloudtask.clock()`,
};
