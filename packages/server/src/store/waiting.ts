import type { Queryable, Statement } from '@cloudtask/core/database/database';

/** Counting ends here: beyond it the number changes nothing that anybody would do. */
export const COUNTED_AT_MOST = 10_000;

export interface Waiting {
  queue: string;
  waiting: number;
  oldestSeconds: number | null;
}

/** Jobs of these queues that still have to be offered to workers, in the order asked. */
export async function readWaiting(
  db: Queryable,
  queues: readonly string[],
  { countedAtMost = COUNTED_AT_MOST } = {},
): Promise<Waiting[]> {
  return await db.query<Waiting>(WAITING, [queues, countedAtMost]);
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
