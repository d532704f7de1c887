import type { CloudTask, Job, JobEvent, JobLogEvent, JobStreamEvent } from '@cloudtask/sdk';
import { lastStack } from '../jobs/last-stack.ts';
import { answerEach, lookOf } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import { humanLine, liveText, plainLine } from '../views/job-line.ts';
import { logKind } from '../views/log-kind.ts';
import { stackLines } from '../views/stack-lines.ts';
import { advance, type JobTimeline } from './job-timeline.ts';
import type { WatchWish } from './watch-wish.ts';
import { watchWithin } from './watch-within.ts';

export interface WatchInput {
  wish: WatchWish;
  signal: AbortSignal;
  timeoutMs?: number | undefined;
  /** Where the lines go: they are the answer of `watch`, and the conversation of `submit --wait`. */
  to: 'answer' | 'conversation' | 'nobody';
  onEvent?(event: JobStreamEvent): void;
}

/** Shows jobs line by line until all of them have ended; returns them as they are then. Throws `WaitTimeoutError` when the time is over. */
export async function watchJobs({ ct, out }: { ct: CloudTask; out: Output }, input: WatchInput): Promise<Job[]> {
  const { wish, signal, timeoutMs, to, onEvent } = input;
  const timelines = new Map<string, JobTimeline>();
  out.live(() => liveText([...timelines.values()], Date.now(), out.look.unicode));
  let jobs: Job[];
  try {
    jobs = await watchWithin(ct, {
      wish,
      signal,
      timeoutMs,
      onEvent(event) {
        onEvent?.(event);
        if (event.kind === 'status') show(out, to, timelines, event);
        else if (event.kind === 'log') showLog(out, to, event);
        // For people a number that moves is no change; programs may want it.
        else if (to === 'answer' && out.isData) out.event(event);
      },
    });
  } finally {
    out.close();
  }
  // Of several jobs their lines say enough, and what a job says has it already.
  const [only] = jobs;
  if (only && jobs.length === 1 && !wish.logs) await showWhere({ ct, out }, to, only);
  return jobs;
}

/** Where the job failed, below the line that says that it did. */
async function showWhere({ ct, out }: { ct: CloudTask; out: Output }, to: WatchInput['to'], job: Job): Promise<void> {
  const isShown = out.mode === 'human' || (to === 'conversation' && out.mode === 'plain');
  if (to === 'nobody' || !isShown || out.look.quiet || job.status !== 'FAILED') return;
  const answerLook = lookOf(out);
  const sayLook = { ...answerLook, style: out.sayStyle, ...(!out.look.hints && { width: Number.POSITIVE_INFINITY }) };
  for (const line of stackLines(await lastStack(ct, job), to === 'answer' ? answerLook : sayLook)) {
    if (to === 'answer') out.answer(line);
    else out.say(line);
  }
}

function show(out: Output, to: WatchInput['to'], timelines: Map<string, JobTimeline>, event: JobEvent): void {
  const before = timelines.get(event.jobId);
  const timeline = advance(before, event.job);
  timelines.set(event.jobId, timeline);
  if (to === 'answer' && out.isData) {
    // A stream of events is lines, whichever of the two was asked for.
    out.event(event);
  } else if (timeline.steps !== before?.steps) {
    print(out, to, timeline);
  }
}

function showLog(out: Output, to: WatchInput['to'], line: JobLogEvent): void {
  if (to === 'answer' && out.isData) out.event(line);
  else if (to === 'answer') answerEach(out, [line], logKind, { none: '' });
  else out.say(logKind.line?.(line, { ...lookOf(out), style: out.sayStyle }) ?? line.message);
}

function print(out: Output, to: WatchInput['to'], timeline: JobTimeline): void {
  if (to === 'nobody') return;
  if (to === 'conversation') {
    if (out.look.hints) out.say(humanLine(timeline, out.sayStyle, out.look.unicode));
    else if (out.mode === 'plain') out.say(plainLine(timeline));
  } else if (out.mode === 'human') out.answer(humanLine(timeline, out.style, out.look.unicode));
  else if (out.mode === 'plain') out.answer(plainLine(timeline));
}
