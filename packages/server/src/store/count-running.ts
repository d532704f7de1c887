import type { Queryable, Statement } from '@cloudtask/core/database/database';
import type { LiveWorker, SlotLane } from '@cloudtask/core/protocol/live-workers';

/** What workers run now. */
export interface Running {
  counts: readonly RunningCount[];
  /** True: the claims were too many to look at them all, and more may be running than was counted. */
  isAtLeast: boolean;
}

/** Running jobs of one worker and queue; `own`: those of the user who asks. */
export interface RunningCount {
  workerId: number;
  queue: string;
  count: number;
  own: number;
}

/** `userId` null: nobody's jobs are counted as `own`. */
export async function countRunning(
  db: Queryable,
  { userId, workers }: { userId: string | null; workers: readonly Pick<LiveWorker, 'id'>[] },
): Promise<Running> {
  if (workers.length === 0) return { counts: [], isAtLeast: false };
  const ids = workers.map(({ id }) => id);
  const [running] = await db.query<Running>(RUNNING, [userId, ids, MOST_CLAIMED]);
  if (!running) throw new Error('the database counted no running jobs and reported no error');
  return running;
}

/** What is in the slots of one lane; never more than they are, whatever has just ended or begun. */
export function countInLane({ counts }: Running, { id }: Pick<LiveWorker, 'id'>, { queues, slots }: SlotLane) {
  const inLane = counts.filter(({ workerId, queue }) => workerId === id && queues.includes(queue));
  const sum = (of: 'count' | 'own') =>
    Math.min(
      slots,
      inLane.reduce((total, each) => total + each[of], 0),
    );
  return { busy: sum('count'), own: sum('own') };
}

const MOST_CLAIMED = 20_000;

// Through the claims, as no index knows the status. A claim is forgotten some seconds after its jobs have ended, so
// there are not many more of them than running jobs, unless workers end thousands a second.
const RUNNING: Statement = {
  name: 'count_running',
  text: `
  with claimed as materialized (
    select distinct unnest(job_ids) as id from cloudtask.claims where worker_id = any($2::integer[]) limit $3
  ),
  running as (
    select s.worker_id as "workerId", s.queue, count(*)::int as count,
           (count(*) filter (where j.user_id = $1::uuid))::int as own
      from claimed c
      join cloudtask.job_states s on s.id = c.id and s.status = 'RUNNING' and s.worker_id = any($2::integer[])
      join cloudtask.jobs j on j.id = s.id
     group by s.worker_id, s.queue
  )
  select coalesce((select json_agg(r) from running r), '[]') as counts,
         (select count(*) from claimed) >= $3 as "isAtLeast"`,
};
