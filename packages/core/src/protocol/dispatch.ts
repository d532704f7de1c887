import type { Queryable, Statement } from '../database/database.ts';
import type { Hint } from '../messages.ts';
import { arrayText } from './array-text.ts';

/** The first jobs of a queue that still have to be offered, most urgent first. Only types that somebody can run. */
export async function readBacklog(
  db: Queryable,
  { queue, types, limit }: { queue: string; types: readonly string[]; limit: number },
): Promise<Hint[]> {
  return await db.query<Hint>(BACKLOG, [queue, types, limit]);
}

/** The queues that have a backlog, by name. Users choose these names: a caller that only shows them sets a limit. */
export async function queuesWithBacklog(db: Queryable, limit?: number): Promise<string[]> {
  const rows = await db.query<{ queue: string }>(QUEUES, [limit ?? null]);
  return rows.map((row) => row.queue);
}

/**
 * Notes that the broker has the hints of these jobs (after its confirm, so that a crash before costs a second hint,
 * never a job), and when to look whether they were followed.
 */
export async function markDispatched(
  db: Queryable,
  { queue, ids, recheckMs }: { queue: string; ids: readonly string[]; recheckMs: number },
): Promise<void> {
  await db.query(MARK, [queue, arrayText(ids), recheckMs]);
}

export interface Dispatch {
  id: number;
  queue: string;
  jobIds: string[];
  /** How long ago its hints were published. */
  ageMs: number;
}

/** Batches whose hints should have been followed by now. */
export async function dueDispatches(db: Queryable, limit: number): Promise<Dispatch[]> {
  return await db.query<Dispatch>(DUE, [limit]);
}

/** The queue is still long: their turn comes later. */
export async function postponeDispatches(db: Queryable, ids: readonly number[], delayMs: number): Promise<void> {
  await db.query(POSTPONE, [ids, delayMs]);
}

export async function forgetDispatches(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(FORGET, [ids]);
}

// One walk down the backlog index per type, merged: a million waiting jobs of a type that nobody runs are never read.
const BACKLOG: Statement = {
  name: 'read_backlog',
  text: `
  select b.id, b.type
    from unnest($2::text[]) as t (type),
         lateral (select id, type, rank from cloudtask.job_states
                   where queue = $1 and type = t.type and not hinted
                   order by rank, id limit $3) b
   order by b.rank, b.id limit $3`,
};

// Jumps from queue to queue over the index instead of reading the whole backlog.
const QUEUES: Statement = {
  name: 'queues_with_backlog',
  text: `
  with recursive q as (
    (select queue from cloudtask.job_states where not hinted order by queue limit 1)
    union all
    select (select s.queue from cloudtask.job_states s where not s.hinted and s.queue > q.queue order by s.queue limit 1)
      from q where q.queue is not null
  )
  select queue from q where queue is not null limit $1`,
};

// The row in `dispatches` is what covers these jobs from now on [I5]. A job that has come back to PENDING since its hint
// was read is covered by it too: then the worst is a second look that comes late.
// Says nothing of `hinted`: with it the planner, whose statistics usually know of no backlog, reads all of the backlog's
// index for each batch (100,000 waiting jobs: 130 µs for each of them). In id order, as claims are.
const MARK: Statement = {
  name: 'mark_dispatched',
  text: `
  with marked as (
    update cloudtask.job_states s set hinted = true
      from (select id from unnest($2::uuid[]) as h (id) order by id) w
     where s.id = w.id and s.status = 'PENDING'
    returning s.id
  )
  insert into cloudtask.dispatches (queue, job_ids, created_at, due_at)
  select $1, array_agg(id), cloudtask.clock(), cloudtask.clock() + $3 * interval '1 ms' from marked having count(*) > 0`,
};

const DUE: Statement = {
  name: 'due_dispatches',
  text: `
  select id, queue, job_ids as "jobIds",
         (extract(epoch from cloudtask.clock() - created_at) * 1000)::float8 as "ageMs"
    from cloudtask.dispatches
   where due_at <= cloudtask.clock() order by due_at limit $1`,
};

const POSTPONE: Statement = {
  name: 'postpone_dispatches',
  text: `update cloudtask.dispatches set due_at = cloudtask.clock() + $2 * interval '1 ms' where id = any($1::bigint[])`,
};

const FORGET: Statement = {
  name: 'forget_dispatches',
  text: `delete from cloudtask.dispatches where id = any($1::bigint[])`,
};
