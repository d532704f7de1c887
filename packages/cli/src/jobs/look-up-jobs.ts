import { type CloudTask, isFinal, type JobStatus, NotFoundError } from '@cloudtask/sdk';
import { JOB_STATUSES } from '@cloudtask/sdk/contract';

/** What became of jobs that somebody has the ids of. */
export interface LookedUp {
  asked: number;
  found: number;
  /** Of those found; all names are there. */
  byStatus: Record<JobStatus, number>;
  /** Have not ended yet. */
  unfinished: number;
  missing: string[];
}

/** Requests at a time: enough to hide the way to the server, few enough to leave it to others. */
const AT_A_TIME = 8;

/** Asks for each job by its id. `onProgress`: how many were asked for so far. */
export async function lookUpJobs(
  ct: CloudTask,
  ids: readonly string[],
  onProgress: (done: number) => void = () => {},
): Promise<LookedUp> {
  const statuses = new Map<string, JobStatus | 'missing'>();
  const queue = ids.values();
  const work = async () => {
    for (const id of queue) {
      statuses.set(id, await statusOf(ct, id));
      onProgress(statuses.size);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return summaryOf(ids, statuses);
}

async function statusOf(ct: CloudTask, id: string): Promise<JobStatus | 'missing'> {
  try {
    return (await ct.jobs.get(id)).status;
  } catch (error) {
    if (error instanceof NotFoundError) return 'missing';
    throw error;
  }
}

function summaryOf(ids: readonly string[], statuses: ReadonlyMap<string, JobStatus | 'missing'>): LookedUp {
  const byStatus = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
  const missing: string[] = [];
  for (const id of ids) {
    const status = statuses.get(id) ?? 'missing';
    if (status === 'missing') missing.push(id);
    else byStatus[status] += 1;
  }
  const unfinished = JOB_STATUSES.filter((status) => !isFinal(status)).reduce((sum, each) => sum + byStatus[each], 0);
  return { asked: ids.length, found: ids.length - missing.length, byStatus, unfinished, missing };
}
