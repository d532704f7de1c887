import type { CloudTask } from '@cloudtask/sdk';
import type { ProjectHandler } from '../import-worker.ts';
import { shortRef } from '../views/status.ts';
import { issuesText } from './issues-text.ts';

/** What would become of the jobs of a type that wait now, were this code deployed. */
export interface WaitingCheck {
  type: string;
  waiting: number;
  refused: number;
  /** The most frequent reason first, at most five, each with a job to look at. */
  reasons: { message: string; jobs: number; example: string }[];
  /** False: there are more jobs than were looked at. */
  isComplete: boolean;
}

const WAITING = ['PENDING', 'SCHEDULED', 'RETRYING'] as const;
const SHOWN = 5;

/** Holds the payloads of the caller's waiting jobs against the schema here; no more than `most` of them. */
export async function checkWaiting(
  ct: CloudTask,
  { type, payload }: ProjectHandler,
  { most }: { most: number },
): Promise<WaitingCheck> {
  const reasons = new Map<string, { message: string; jobs: number; example: string }>();
  let [waiting, refused] = [0, 0];
  let isComplete = true;
  for await (const job of ct.jobs.list({ type, status: [...WAITING], order: 'oldest', limit: Math.min(most, 1_000) })) {
    if (waiting === most) {
      isComplete = false;
      break;
    }
    waiting += 1;
    const { issues } = payload === null ? {} : await payload['~standard'].validate(job.payload);
    if (!issues) continue;
    refused += 1;
    const message = issuesText(issues);
    const known = reasons.get(message);
    if (known) known.jobs += 1;
    else reasons.set(message, { message, jobs: 1, example: shortRef(job.id) });
  }
  const sorted = [...reasons.values()].sort((a, b) => b.jobs - a.jobs).slice(0, SHOWN);
  return { type, waiting, refused, reasons: sorted, isComplete };
}
