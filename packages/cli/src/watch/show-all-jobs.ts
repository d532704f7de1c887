import { type CloudTask, isFinal, type Job, type JobEvent } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { humanLine, plainLine } from '../views/job-line.ts';
import { printable } from '../views/printable.ts';
import { advance, type JobTimeline } from './job-timeline.ts';

/** Below the glyph of the line above. */
const INDENT = ' '.repeat(12);

/** How many jobs are looked at again after events were missed. */
const RECENT = 100;

export interface ShowAllJobs {
  /** Ends it. */
  signal: AbortSignal;
  /** A line below the line of a job whose attempt failed: where it was thrown. */
  placeOf?(jobId: string): string | undefined;
  /** Told of each change. */
  onChange?(job: Job): void;
}

/** Shows what happens to all jobs of the account, until the signal ends it. */
export async function showAllJobs(
  { ct, out }: { ct: CloudTask; out: Output },
  { signal, ...hooks }: ShowAllJobs,
): Promise<void> {
  const timelines = new Map<string, JobTimeline>();
  const see = (event: JobEvent) => {
    hooks.onChange?.(event.job);
    show(out, timelines, event, hooks);
  };
  try {
    for await (const event of ct.jobs.watchMany({}, { signal })) {
      if (event.kind === 'status') see(event);
      else await catchUp(ct, timelines, (job) => see(toEvent(job)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function catchUp(
  ct: CloudTask,
  timelines: Map<string, JobTimeline>,
  onJob: (job: Job) => void,
  signal: AbortSignal,
) {
  const { data } = await ct.jobs.list({ limit: RECENT }, { signal });
  for (const job of data.toReversed()) if (timelines.has(job.id)) onJob(job);
}

function toEvent(job: Job): JobEvent {
  return { seq: '0', at: job.updatedAt, jobId: job.id, kind: 'status', status: job.status, job };
}

function show(
  out: Output,
  timelines: Map<string, JobTimeline>,
  event: JobEvent,
  { placeOf }: Pick<ShowAllJobs, 'placeOf'>,
): void {
  const before = timelines.get(event.jobId);
  const timeline = advance(before, event.job);
  // A process that runs for days must not remember every job.
  if (isFinal(event.status)) timelines.delete(event.jobId);
  else timelines.set(event.jobId, timeline);
  if (out.isData) out.event(event);
  else if (timeline.steps === before?.steps) return;
  else if (out.mode === 'human') {
    out.answer(humanLine(timeline, out.style, out.look.unicode));
    const place = event.job.error === null ? undefined : placeOf?.(event.jobId);
    if (place !== undefined) out.answer(`${INDENT}${out.style.dim(printable(place))}`);
  } else if (out.mode === 'plain') out.answer(plainLine(timeline));
}
