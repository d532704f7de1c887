import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';
import type { JobProgress, Json } from '@cloudtask/sdk/contract';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import { sql } from 'kysely';

/** Where an entry stands in the journal of a job: which attempt made it, and its number in there, from 1. */
export interface EntryPlace {
  fence: number;
  n: number;
}

export interface LogRow extends EntryPlace {
  attempt: number;
  at: Date;
  level: LogLevel;
  message: string;
  fields: Record<string, Json> | null;
}

export interface ProgressRow extends EntryPlace, JobProgress {
  at: Date;
  level: null;
}

export type EntryRow = LogRow | ProgressRow;

export interface ListLogs {
  jobId: string;
  levels?: readonly LogLevel[] | undefined;
  attempt?: number | undefined;
  order: 'oldest' | 'newest';
  /** The last line of the page before. */
  after?: EntryPlace | undefined;
  limit: number;
}

/** Log lines of a job, in the order in which they were said or against it. */
export async function listLogs({ kysely }: Database, list: ListLogs): Promise<LogRow[]> {
  const { jobId, levels, attempt, order, after, limit } = list;
  const direction = order === 'oldest' ? 'asc' : 'desc';
  let lines = kysely
    .selectFrom('cloudtask.job_logs')
    .select(['fence', 'n', 'attempt', 'logged_at as at', 'level', 'message', 'fields'])
    .where('job_id', '=', jobId)
    .orderBy('fence', direction)
    .orderBy('n', direction)
    .limit(limit);
  if (levels) lines = lines.where('level', 'in', levels);
  if (attempt !== undefined) lines = lines.where('attempt', '=', attempt);
  if (after) {
    const isBeyond = order === 'oldest' ? sql`>` : sql`<`;
    lines = lines.where(sql<boolean>`(fence, n) ${isBeyond} (${after.fence}::integer, ${after.n}::integer)`);
  }
  return await lines.execute();
}

export interface WantedEntries {
  jobId: string;
  after: EntryPlace;
  /** The newest attempt that the asker knows of: what a later one said comes after the end of this one. */
  untilFence: number;
  /** False: progress alone. */
  withLogs: boolean;
}

/** One answer has at most so many entries of a job; fewer: there are no more. */
export const ENTRIES_AT_ONCE = 50;

/**
 * What attempts said after a place, in order: every log line, and the newest progress. Both are of the same moment: a
 * progress that was read later than the lines would stand after lines that were not read.
 */
export async function readEntries(db: Queryable, wanted: readonly WantedEntries[]): Promise<EntryRow[][]> {
  if (wanted.length === 0) return [];
  const rows = await db.query<EntryRow & { nth: number }>(ENTRIES, [
    wanted.map(({ jobId }) => jobId),
    wanted.map(({ after }) => after.fence),
    wanted.map(({ after }) => after.n),
    wanted.map(({ untilFence }) => untilFence),
    wanted.map(({ withLogs }) => withLogs),
    ENTRIES_AT_ONCE,
  ]);
  const found = Map.groupBy(rows, ({ nth }) => Number(nth));
  return wanted.map((_, index) => found.get(index + 1) ?? []);
}

const ENTRIES: Statement = {
  name: 'journal_entries',
  text: `
  select q.nth, e.*
    from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::boolean[])
           with ordinality as q (id, fence, n, until, logs, nth)
   cross join lateral (
      select * from (
        (select l.fence, l.n, l.attempt, l.logged_at as at, l.level, l.message, l.fields,
                null::double precision as percent, null::json as data
           from cloudtask.job_logs l
          where q.logs and l.job_id = q.id and (l.fence, l.n) > (q.fence, q.n) and l.fence <= q.until
          order by l.fence, l.n limit $6)
        union all
        select p.fence, p.n, null, p.reported_at, null, p.message, null, p.percent, p.data
          from cloudtask.progress p
         where p.job_id = q.id and (p.fence, p.n) > (q.fence, q.n) and p.fence <= q.until
      ) said
      order by fence, n limit $6
    ) e
   order by q.nth, e.fence, e.n`,
};
