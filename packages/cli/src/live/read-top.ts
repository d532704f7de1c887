import type { CloudTask, Job, QueueInfo, Stats, WorkerInfo } from '@cloudtask/sdk';
import { ifAllowed } from '../if-allowed.ts';

/** What `top` shows of a server at one moment. */
export interface TopSnapshot {
  at: string;
  /** Null: the server was named by its address, or is `cloudtask dev`. */
  profile: string | null;
  url: string;
  /** Null for those who are no operators, as `queues` and `workers` are. */
  stats: Stats | null;
  queues: QueueInfo[] | null;
  workers: WorkerInfo[] | null;
  /** The account's newest jobs, of one queue where one was asked for. */
  jobs: Job[];
}

export interface TopWish {
  /** Null: the server was named by its address, or is `cloudtask dev`. */
  profile: string | null;
  /** Only jobs of this queue. */
  queue: string | null;
  /** Only jobs with one of these. */
  status: Job['status'][] | null;
  signal: AbortSignal;
}

/** As many as the largest screens have rows for. */
const MOST_JOBS = 100;
const MOST_QUEUES = 200;

export async function readTop(ct: CloudTask, { profile, queue, status, signal }: TopWish): Promise<TopSnapshot> {
  // The next look comes soon: one that is answered late is not worth repeating.
  const options = { signal, maxRetries: 0, timeout: '5s' } as const;
  const filter = { limit: MOST_JOBS, ...(queue !== null && { queue }), ...(status !== null && { status }) };
  const [stats, queues, workers, jobs] = await Promise.all([
    ifAllowed(ct.stats(options)),
    ifAllowed(ct.queues.list(options).toArray({ limit: MOST_QUEUES })),
    ifAllowed(ct.workers.list(options).toArray({ limit: MOST_QUEUES })),
    ct.jobs.list(filter, options).toArray({ limit: MOST_JOBS }),
  ]);
  return { at: new Date().toISOString(), profile, url: ct.url, stats, queues, workers, jobs };
}
