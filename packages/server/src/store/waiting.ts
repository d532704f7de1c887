import type { Queryable, Statement } from '@cloudtask/core/database/database';

/** Counting ends here: beyond it the number changes nothing that anybody would do. */
export const COUNTED_AT_MOST = 10_000;

export interface Waiting {
  queue: string;
  waiting: number;
  oldestSeconds: number | null;
}

/** Jobs of these queues that still have to be offered to workers, in the order asked. */
export async function readWaiting(db: Queryable, queues: readonly string[]): Promise<Waiting[]> {
  return await db.query<Waiting>(WAITING, [queues, COUNTED_AT_MOST]);
}

/** The first queues, by name, that have such jobs. */
export async function firstQueuesWaiting(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ queue: string }>(QUEUES, [limit]);
  return rows.map(({ queue }) => queue);
}

const WAITING: Statement = {
  name: 'read_waiting',
  text: `
  select q.queue, w.waiting, w."oldestSeconds"
    from unnest($1::text[]) with ordinality as q (queue, n),
         lateral (select count(*) as waiting,
                         floor(extract(epoch from cloudtask.clock() - min(b.updated_at)))::float8 as "oldestSeconds"
                    from (select updated_at from cloudtask.job_states
                           where queue = q.queue and not hinted limit $2) b) w
   order by q.n`,
};

// Jumps from queue to queue over the index of the backlog. Users choose names of queues: without a limit they could make
// this as long as they like.
const QUEUES: Statement = {
  name: 'first_queues_waiting',
  text: `
  with recursive q as (
    (select queue from cloudtask.job_states where not hinted order by queue limit 1)
    union all
    select (select s.queue from cloudtask.job_states s where not s.hinted and s.queue > q.queue order by s.queue limit 1)
      from q where q.queue is not null
  )
  select queue from q where queue is not null limit $1`,
};
