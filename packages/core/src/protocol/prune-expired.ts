import type { Queryable, Statement } from '../database/database.ts';

/**
 * Idempotency keys past their 24 hours, tokens past their life, pauses that are over, what became of slots, actions that
 * ended long ago: a small batch of each. Answers the largest.
 */
export async function pruneExpiredRows(db: Queryable, limit: number): Promise<number> {
  let pruned = 0;
  for (const statement of STATEMENTS) {
    const [row] = await db.query<{ count: number }>(statement, [limit]);
    pruned = Math.max(pruned, row?.count ?? 0);
  }
  return pruned;
}

const prune = (table: string, key: string, expired: string): Statement => ({
  name: `prune_${table}`,
  text: `
  with gone as (
    delete from cloudtask.${table}
     where (${key}) in (select ${key} from cloudtask.${table} where ${expired} limit $1 for update skip locked)
    returning 1
  )
  select count(*) as count from gone`,
});

const STATEMENTS = [
  prune('idempotency_keys', 'user_id, key', 'expires_at <= cloudtask.clock()'),
  prune('refresh_tokens', 'token_hash', 'expires_at <= cloudtask.clock()'),
  prune('revoked_tokens', 'jti', 'expires_at <= cloudtask.clock()'),
  prune('queue_pauses', 'queue', 'resumes_at <= cloudtask.clock()'),
  // Their owner may want to see when they expired, or what became of them.
  prune('api_tokens', 'id', "expires_at <= cloudtask.clock() - interval '30 days'"),
  // As long as most of the jobs that they made are kept. Their schedule is beyond them by then.
  prune('schedule_slots', 'schedule_id, slot', "decided_at <= cloudtask.clock() - interval '7 days'"),
  prune('job_actions', 'id', "ended_at <= cloudtask.clock() - interval '30 days'"),
];
