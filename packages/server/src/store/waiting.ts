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

/** A type of jobs that a live worker of the queue runs. */
export interface RunType {
  queue: string;
  type: string;
}

export interface ServedWaiting extends Waiting {
  /** Of those that wait, so many are of types that nobody runs; `oldestSeconds` is of the others. */
  withoutWorker: number;
}

/** The same, by whether somebody is there to run them. */
export async function readServedWaiting(
  db: Queryable,
  queues: readonly string[],
  { run, countedAtMost }: { run: readonly RunType[]; countedAtMost: number },
): Promise<ServedWaiting[]> {
  const [ofQueues, types] = [run.map(({ queue }) => queue), run.map(({ type }) => type)];
  return await db.query<ServedWaiting>(SERVED_WAITING, [queues, countedAtMost, ofQueues, types]);
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

const SERVED_WAITING: Statement = {
  name: 'read_served_waiting',
  text: `
  select q.queue, w.waiting, w."withoutWorker", w."oldestSeconds"
    from unnest($1::text[]) with ordinality as q (queue, n),
         lateral (select count(*) as waiting, count(*) filter (where not b.served) as "withoutWorker",
                         floor(extract(epoch from cloudtask.clock() - min(b.updated_at) filter (where b.served)))::float8
                           as "oldestSeconds"
                    from (select updated_at, (q.queue, type) in (select * from unnest($3::text[], $4::text[])) as served
                            from cloudtask.job_states
                           where queue = q.queue and not hinted limit $2) b) w
   order by q.n`,
};
