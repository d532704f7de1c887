import {
  type CloudTask,
  type Job,
  type JobEvent,
  type JobLogEvent,
  type TypedJobEvent,
  WaitTimeoutError,
} from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';
import { answerEach, lookOf } from './answer.ts';
import { advance, type JobTimeline } from './job-timeline.ts';
import type { Output } from './output.ts';
import { humanLine, liveText, plainLine } from './views/job-line.ts';
import { logKind } from './views/log-kind.ts';

export interface WatchInput {
  ids: readonly string[];
  signal: AbortSignal;
  timeoutMs?: number | undefined;
  /** Where the lines go: they are the answer of `watch`, and the conversation of `submit --wait`. */
  to: 'answer' | 'conversation' | 'nobody';
  /** Show what the jobs say, too. */
  logs?: boolean;
}

/** Shows jobs until all of them have ended; returns them as they are then. Throws `WaitTimeoutError` when the time is over. */
export async function watchJobs({ ct, out }: { ct: CloudTask; out: Output }, input: WatchInput): Promise<Job[]> {
  const timelines = new Map<string, JobTimeline>();
  const time = new AbortController();
  const timer = input.timeoutMs === undefined ? undefined : setTimeout(() => time.abort(), input.timeoutMs);
  // When one of them cannot be watched, the others are left too.
  const leave = new AbortController();
  const signal = AbortSignal.any([input.signal, time.signal, leave.signal]);
  const startedAt = Date.now();
  out.live(() => liveText([...timelines.values()], Date.now(), out.look.unicode));
  try {
    return await Promise.all(
      input.ids.map((id) =>
        watchOne(ct, { id, signal, logs: input.logs === true }, (event) => {
          if (event.kind === 'status') show(out, input.to, timelines, event);
          else if (event.kind === 'log') showLog(out, input.to, event);
        }),
      ),
    );
  } catch (error) {
    if (!time.signal.aborted || input.signal.aborted) throw error;
    const unfinished = await firstUnfinished(ct, input.ids, timelines);
    if (!unfinished) throw error;
    throw new WaitTimeoutError(unfinished, Date.now() - startedAt);
  } finally {
    clearTimeout(timer);
    leave.abort();
    out.close();
  }
}

/** A short time may be over before anything was heard of a job: then it is asked for. */
async function firstUnfinished(
  ct: CloudTask,
  ids: readonly string[],
  timelines: ReadonlyMap<string, JobTimeline>,
): Promise<Job | undefined> {
  const seen = [...timelines.values()].find(({ job }) => !isFinal(job.status));
  if (seen) return seen.job;
  for (const id of ids.filter((each) => !timelines.has(each))) {
    const job = await ct.jobs.get(id);
    if (!isFinal(job.status)) return job;
  }
  return undefined;
}

async function watchOne(
  ct: CloudTask,
  { id, signal, logs }: { id: string; signal: AbortSignal; logs: boolean },
  onEvent: (event: TypedJobEvent) => void,
): Promise<Job> {
  for await (const event of ct.jobs.watch(id, { signal, logs, ...(logs && { from: 'start' }) })) {
    onEvent(event);
    if (event.kind === 'status' && isFinal(event.status)) return event.job;
  }
  return await ct.jobs.get(id);
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
