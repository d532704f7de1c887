import type { Queryable, Statement } from '@cloudtask/core/database/database';
import type { FailureReason, JobError } from '@cloudtask/sdk/contract';
import type { FailureCause } from '@cloudtask/sdk/failures-contract';

export interface ListCauses {
  userId: string;
  type?: readonly string[] | undefined;
  /** Only failures at or after this time are counted. */
  since?: Date | undefined;
  /** Those that were discarded, or all but these. */
  discarded: boolean;
  /** The last cause of the page before. */
  after?: CausePosition | undefined;
  limit: number;
}

export type CausePosition = Pick<FailureCause, 'lastAt' | 'type' | 'fingerprint'>;

interface CauseRow {
  fingerprint: string;
  type: string;
  reason: FailureReason | null;
  error: JobError | null;
  count: number;
  firstAt: Date;
  lastAt: Date;
  newestJobId: string;
  discardedAt: Date | null;
  discardReason: string | null;
}

/** Causes of a user's FAILED jobs, discarded or not, the one that struck last first. */
export async function listFailureCauses(db: Queryable, list: ListCauses): Promise<FailureCause[]> {
  const { userId, type, since, discarded, after, limit } = list;
  const rows = await db.query<CauseRow>(CAUSES, [
    userId,
    type ?? null,
    since ?? null,
    after?.lastAt ?? null,
    after?.type ?? null,
    after?.fingerprint ?? null,
    limit,
    discarded,
  ]);
  return rows.map(({ error, firstAt, lastAt, discardedAt, ...row }) => ({
    ...row,
    error: error && { name: error.name, code: error.code, message: error.message },
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
    discardedAt: discardedAt?.toISOString() ?? null,
  }));
}

// The index `failures_by_cause` holds everything that is grouped, so what a request costs is the caller's own failures
// in it (a million: 0.3 s) and one look-up per cause of the page. A page goes on by milliseconds because JavaScript has no others.
const CAUSES: Statement = {
  name: 'failure_causes',
  text: `
  with causes as materialized (
    select f.type, f.fingerprint, count(*) as count, min(f.failed_at) as first_at,
           date_trunc('milliseconds', max(f.failed_at)) as last_at
      from cloudtask.failures f
     where f.user_id = $1
       and (f.discarded_at is not null) = $8::boolean
       and ($2::text[] is null or f.type = any($2::text[]))
       and ($3::timestamptz is null or f.failed_at >= $3::timestamptz)
     group by f.type, f.fingerprint
    having $4::timestamptz is null
        or (date_trunc('milliseconds', max(f.failed_at)), f.type, f.fingerprint)
           < ($4::timestamptz, $5::text, $6::text)
     order by last_at desc, f.type desc, f.fingerprint desc
     limit $7
  )
  select c.type, c.fingerprint, s.reason, s.error, c.count, c.first_at as "firstAt", c.last_at as "lastAt",
         newest.job_id as "newestJobId", newest.discarded_at as "discardedAt", newest.discard_reason as "discardReason"
    from causes c
   cross join lateral (
      select f.job_id, f.discarded_at, f.discard_reason from cloudtask.failures f
       where f.user_id = $1 and f.type = c.type and f.fingerprint = c.fingerprint
         and (f.discarded_at is not null) = $8::boolean
       order by f.failed_at desc limit 1
    ) newest
    join cloudtask.job_states s on s.id = newest.job_id
   order by c.last_at desc, c.type desc, c.fingerprint desc`,
};
