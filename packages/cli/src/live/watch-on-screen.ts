import type { CloudTask, Job, JobLogEvent, JobStreamEvent } from '@cloudtask/sdk';
import { type Look, lookOf } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import type { Surroundings } from '../surroundings.ts';
import { logLines } from '../views/log-kind.ts';
import { shortRef } from '../views/status.ts';
import type { WatchNotes } from '../watch/watch-notes.ts';
import type { WatchWish } from '../watch/watch-wish.ts';
import { watchWithin } from '../watch/watch-within.ts';
import { jobFrameLines } from './job-frame.ts';
import { jobsFrameLines } from './jobs-frame.ts';
import type { Key } from './key.ts';
import { startPace } from './pace.ts';
import { openScreen, type Screen } from './screen.ts';
import { pressInWatch, type WatchAct, type WatchKeys } from './watch-keys.ts';
import { NO_JOBS, seeAttempts, seeEvent, type WatchedJobs } from './watched-jobs.ts';

export interface OnScreenInput {
  wish: WatchWish;
  signal: AbortSignal;
  timeoutMs: number | undefined;
  isCompact: boolean;
  /** Ends the watch, as Ctrl-C does. */
  stop(): void;
  notes: WatchNotes;
  onEvent(event: JobStreamEvent): void;
}

interface Deps {
  ct: CloudTask;
  out: Output;
  surroundings: Surroundings;
}

/** Shows jobs in a frame that stays up to date, until all of them have ended; the last frame stays. */
export async function watchOnScreen(deps: Deps, input: OnScreenInput): Promise<Job[]> {
  const view = new WatchView(deps, input);
  await view.open();
  try {
    return await view.run();
  } finally {
    await view.close();
  }
}

class WatchView {
  readonly #deps: Deps;
  readonly #input: OnScreenInput;
  readonly #isOne: boolean;
  readonly #isOpen: boolean;
  #watched: WatchedJobs = NO_JOBS;
  #keys: WatchKeys;
  #said: string[] = [];
  #isEnded = false;
  #screen: Screen | undefined;
  #pace: ReturnType<typeof startPace> | undefined;

  constructor(deps: Deps, input: OnScreenInput) {
    const { which, logs } = input.wish;
    this.#deps = deps;
    this.#input = input;
    this.#isOne = which.kind === 'ids' && which.ids.length === 1;
    this.#isOpen = which.kind === 'matches' && which.isOpen;
    const isOpen = deps.surroundings.stdin.isTTY === true;
    this.#keys = { isOpen, areLogsShown: logs, isPayloadShown: false, asks: null, note: null };
  }

  async open(): Promise<void> {
    this.#screen = await openScreen(this.#deps.surroundings, {
      onKey: (key) => this.#press(key),
      onResize: () => this.#pace?.changed(),
    });
    this.#pace = startPace(() => this.#draw());
    this.#input.notes.sayTo((text) => this.#say(this.#deps.out.style.dim(text)));
  }

  async run(): Promise<Job[]> {
    const { wish, signal, timeoutMs } = this.#input;
    // The lines come in any case: whether they are shown is decided by a key.
    const watching = watchWithin(this.#deps.ct, {
      wish: { ...wish, logs: true },
      signal,
      timeoutMs,
      onEvent: (event) => this.#see(event),
    });
    const jobs = await Promise.race([watching, (this.#screen as Screen).failed]);
    if (this.#isOne) await this.#askAttempts(jobs[0] as Job);
    return jobs;
  }

  async close(): Promise<void> {
    this.#pace?.close();
    this.#input.notes.sayTo();
    this.#isEnded = true;
    this.#keys = { ...this.#keys, isOpen: false, asks: null, note: null };
    this.#draw();
    await this.#screen?.close();
  }

  #see(event: JobStreamEvent): void {
    this.#input.onEvent(event);
    this.#watched = seeEvent(this.#watched, event);
    if (event.kind === 'log') {
      if (this.#keys.areLogsShown) for (const line of this.#logLines(event)) this.#say(line);
    } else this.#pace?.changed();
    if (this.#isOne && event.kind === 'status') void this.#askAttempts(event.job);
  }

  /** The life of a job is more than its newest state. Without an answer the frame shows what the job itself tells. */
  async #askAttempts(job: Job): Promise<void> {
    const { ct } = this.#deps;
    const asked = await ct.jobs.attempts(job.id, { limit: 1_000, signal: this.#input.signal, maxRetries: 0 }).safe();
    if (!asked.ok) return;
    this.#watched = seeAttempts(this.#watched, job.id, asked.data.data);
    this.#pace?.changed();
  }

  #logLines(event: JobLogEvent): string[] {
    const [line = '', ...frames] = logLines(event, lookOf(this.#deps.out));
    return [this.#isOne ? line : `${this.#deps.out.style.dim(shortRef(event.jobId))} ${line}`, ...frames];
  }

  #say(line: string): void {
    this.#said.push(line);
    this.#pace?.changed();
  }

  #press(key: Key): void {
    const { keys, act } = pressInWatch(this.#keys, key, { isOne: this.#isOne });
    this.#keys = keys;
    if (act !== null) this.#act(act);
    this.#pace?.changed();
  }

  #act(act: WatchAct): void {
    if (act === 'stop') this.#input.stop();
    if (act === 'cancel') void this.#cancel();
  }

  async #cancel(): Promise<void> {
    const [job] = this.#watched.jobs.values();
    if (!job) return;
    const asked = await this.#deps.ct.jobs.cancel(job.id).safe();
    this.#keys = { ...this.#keys, note: asked.ok ? null : asked.error.message };
    this.#pace?.changed();
  }

  #draw(): void {
    const screen = this.#screen;
    if (!screen) return;
    const { columns, rows } = screen.size;
    const above = this.#said;
    this.#said = [];
    // A frame as tall as the window would push its own upper end out of reach.
    screen.draw(this.#lines({ ...lookOf(this.#deps.out), width: columns }, Math.max(3, rows - 2)), above);
  }

  #lines(look: Look, rows: number): string[] {
    const { isCompact } = this.#input;
    const keys = this.#keys;
    // An error that ended it before anything was seen stands alone.
    if (this.#isEnded && this.#watched.jobs.size === 0) return [];
    if (!this.#isOne) {
      const [isOpen, isEnded] = [this.#isOpen, this.#isEnded];
      return jobsFrameLines({ watched: this.#watched, keys, isCompact, isOpen, isEnded }, look, rows);
    }
    const [job] = this.#watched.jobs.values();
    if (!job) return [look.style.dim('…')];
    const attempts = this.#watched.attempts.get(job.id) ?? [];
    return jobFrameLines({ job, attempts, keys, isCompact }, look, rows);
  }
}
