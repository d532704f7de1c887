import type { Queryable, Statement } from '../database/database.ts';
import { PAUSED_QUEUES } from './queue-pauses.ts';

/** Jobs that can be run now, or are being run, of one queue. */
export interface WorkInHand {
  queue: string;
  pending: number;
  running: number;
  /** The oldest of them, by which people may know what is meant. */
  id: string;
  type: string;
}

/** Which jobs count: of these types; and of those that wait none of these. */
export interface WhichWork {
  types: readonly string[];
  except: readonly string[];
}

/** What there is to run now, by queue; without paused queues, whose jobs nobody may claim. For callers with few jobs. */
export async function readWorkInHand(db: Queryable, { types, except }: WhichWork): Promise<WorkInHand[]> {
  return await db.query<WorkInHand>(IN_HAND, [types, except]);
}

/** When the next of the waiting jobs is due; undefined when none waits for a time. */
export async function nextJobDueIn(db: Queryable, { types, except }: WhichWork): Promise<number | undefined> {
  const [row] = await db.query<{ inMs: number | null }>(NEXT_DUE, [types, except]);
  return row?.inMs ?? undefined;
}

const IN_HAND: Statement = {
  name: 'work_in_hand',
  text: `
  select queue, count(*) filter (where status = 'PENDING') as pending,
         count(*) filter (where status = 'RUNNING') as running,
         (array_agg(id::text order by status desc, id))[1] as id, (array_agg(type order by status desc, id))[1] as type
    from cloudtask.job_states
   where type = any($1::text[])
     and (status = 'RUNNING' or (status = 'PENDING' and id <> all($2::uuid[]) and queue <> all (${PAUSED_QUEUES})))
   group by queue order by queue`,
};

const NEXT_DUE: Statement = {
  name: 'next_job_due',
  text: `
  select ceil(extract(epoch from min(next_at) - cloudtask.clock()) * 1000)::float8 as "inMs"
    from cloudtask.job_states
   where status in ('SCHEDULED', 'RETRYING') and type = any($1::text[]) and id <> all($2::uuid[])`,
};
