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

/**
 * For statements: takes keys for the jobs of `rows` (user_id, key, body_hash, job id; in this order, no key twice) and
 * returns the `job_id` of each that was free, or had expired [I12]. Whoever else takes a key at the same moment is waited
 * for by PostgreSQL, and then has it.
 */
export const takeKeys = (rows: string, { isConflict }: { isConflict: boolean }) => `
    insert into cloudtask.idempotency_keys as k (user_id, key, body_hash, job_id, is_conflict, expires_at)
    select r.user_id, r.key, r.body_hash, r.job_id, ${isConflict}, cloudtask.clock() + interval '24 hours'
      from (${rows}) r (user_id, key, body_hash, job_id)
     order by r.user_id, r.key
    on conflict (user_id, key) do update
       set body_hash = excluded.body_hash, job_id = excluded.job_id, is_conflict = excluded.is_conflict,
           expires_at = excluded.expires_at
     where k.expires_at <= cloudtask.clock()
    returning k.job_id`;

/** Makes a key that is free stand for a job. False: it stands for another one. */
export async function takeKey(db: Queryable, userId: string, record: IdempotencyRecord): Promise<boolean> {
  const { key, bodyHash, jobId, isConflict } = record;
  return (await db.query(isConflict ? TAKE_FOR_HOLDER : TAKE, [userId, key, bodyHash, jobId])).length > 0;
}

const GIVEN = 'select $1::uuid, $2::text, $3::text, $4::uuid';
const TAKE: Statement = { name: 'take_idempotency_key', text: takeKeys(GIVEN, { isConflict: false }) };
const TAKE_FOR_HOLDER: Statement = { name: 'name_unique_holder', text: takeKeys(GIVEN, { isConflict: true }) };

const FIND: Statement = {
  name: 'find_idempotent',
  text: `
  select key, body_hash as "bodyHash", job_id as "jobId", is_conflict as "isConflict"
    from cloudtask.idempotency_keys
   where user_id = $1 and key = any($2::text[]) and expires_at > cloudtask.clock()`,
};
