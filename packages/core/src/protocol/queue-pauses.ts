import type { Queryable, Statement } from '../database/database.ts';

/** A queue whose jobs wait until it is resumed: none is offered, none is claimed, those that run go on. */
export interface QueuePause {
  queue: string;
  pausedAt: Date;
  /** When it ends by itself; null: when somebody resumes it. */
  resumesAt: Date | null;
  reason: string | null;
  pausedBy: string;
}

const IN_FORCE = '(resumes_at is null or resumes_at > cloudtask.clock())';

/** For statements: the names of all paused queues, hardly ever more than a few. Ordered, so that their index is used: a
 * sequential scan is forbidden to our connections, and would cost the statement's plan its generic form. */
export const PAUSED_QUEUES = `array(
  select queue from cloudtask.queue_pauses where ${IN_FORCE} order by queue)`;

export interface PauseRequest {
  queue: string;
  reason: string | null;
  /** Null: until somebody resumes it. */
  forMs: number | null;
  pausedBy: string;
}

/** Pauses a queue, or changes reason and end of its pause. */
export async function pauseQueue(db: Queryable, request: PauseRequest): Promise<QueuePause> {
  const { queue, reason, forMs, pausedBy } = request;
  const [pause] = await db.query<QueuePause>(PAUSE, [queue, reason, forMs, pausedBy]);
  if (!pause) throw new Error('the database stored no pause and reported no error');
  return pause;
}

/** False when it was not paused. */
export async function resumeQueue(db: Queryable, queue: string): Promise<boolean> {
  const [row] = await db.query<{ wasPaused: boolean }>(RESUME, [queue]);
  return row?.wasPaused ?? false;
}

/** The pauses that are in force now. */
export async function readPauses(db: Queryable): Promise<QueuePause[]> {
  return await db.query<QueuePause>(READ, []);
}

const COLUMNS = `
  queue, paused_at as "pausedAt", resumes_at as "resumesAt", reason, paused_by as "pausedBy"`;

const PAUSE: Statement = {
  name: 'pause_queue',
  text: `
  insert into cloudtask.queue_pauses as p (queue, paused_at, resumes_at, reason, paused_by)
  values ($1, cloudtask.clock(), cloudtask.clock() + $3::bigint * interval '1 ms', $2, $4)
  on conflict (queue) do update
     set paused_at = case when p.resumes_at <= cloudtask.clock() then excluded.paused_at else p.paused_at end,
         resumes_at = excluded.resumes_at, reason = excluded.reason, paused_by = excluded.paused_by
  returning ${COLUMNS}`,
};

const RESUME: Statement = {
  name: 'resume_queue',
  text: `
  delete from cloudtask.queue_pauses where queue = $1
  returning ${IN_FORCE} as "wasPaused"`,
};

const READ: Statement = {
  name: 'read_pauses',
  text: `
  select ${COLUMNS} from cloudtask.queue_pauses
   where ${IN_FORCE} order by queue`,
};
