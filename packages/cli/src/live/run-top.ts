import { AuthenticationError, type CloudTask, CloudTaskError } from '@cloudtask/sdk';
import { type Look, lookOf } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Key } from './key.ts';
import { openSheet } from './open-sheet.ts';
import { startPace } from './pace.ts';
import { readTop } from './read-top.ts';
import { openScreen, type Screen } from './screen.ts';
import { topFrameLines } from './top-frame.ts';
import { pressInTop, type TopAct } from './top-keys.ts';
import { beginTop, type Change, JOB_CHOICES, seeSnapshot, type TopState } from './top-state.ts';

export interface TopInput {
  profile: string | null;
  queue: string | null;
  isReadonly: boolean;
  isProduction: boolean;
  refreshMs: number;
  signal: AbortSignal;
  stop(): void;
}

interface Deps {
  ct: CloudTask;
  out: Output;
  surroundings: Surroundings;
}

/** Shows the server on a screen of its own until its user leaves; rejects after Ctrl-C. It goes on while the server is away. */
export async function runTop(deps: Deps, input: TopInput): Promise<void> {
  // The first look is outside: who is not signed in reads that where it stays.
  const wish = { profile: input.profile, queue: input.queue, status: null, signal: input.signal };
  const first = await readTop(deps.ct, wish);
  const view = new TopView(deps, input, seeSnapshot(beginTop(input), first));
  await view.open();
  try {
    await view.run();
  } finally {
    await view.close();
  }
  input.signal.throwIfAborted();
}

class TopView {
  readonly #deps: Deps;
  readonly #input: TopInput;
  readonly #leave = new AbortController();
  readonly #signal: AbortSignal;
  #state: TopState;
  #screen: Screen | undefined;
  #pace: ReturnType<typeof startPace> | undefined;
  /** Ends the pause before the next look. */
  #lookNow: () => void = () => {};
  #isDirty = false;

  constructor(deps: Deps, input: TopInput, state: TopState) {
    this.#deps = deps;
    this.#input = input;
    this.#signal = AbortSignal.any([input.signal, this.#leave.signal]);
    this.#state = state;
  }

  async open(): Promise<void> {
    this.#screen = await openScreen(this.#deps.surroundings, {
      isAlternate: true,
      onKey: (key) => this.#press(key),
      onResize: () => this.#pace?.changed(),
    });
    this.#pace = startPace(() => this.#draw());
    this.#draw();
  }

  async run(): Promise<void> {
    await Promise.race([this.#look(), (this.#screen as Screen).failed]);
  }

  async close(): Promise<void> {
    this.#pace?.close();
    await this.#screen?.close();
  }

  async #look(): Promise<void> {
    const signal = this.#signal;
    while (!signal.aborted) {
      await this.#pause();
      if (signal.aborted) return;
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    const { profile, queue } = this.#input;
    const signal = this.#signal;
    this.#isDirty = false;
    const { choice } = this.#state;
    const status = JOB_CHOICES[choice];
    try {
      const wish = { profile, queue, status: status === null ? null : [...status], signal };
      const snapshot = await readTop(this.#deps.ct, wish);
      // Asked before the last key: the answer to that one comes at once.
      if (this.#state.choice === choice) this.#change(seeSnapshot(this.#state, snapshot));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CloudTaskError) || error instanceof AuthenticationError) throw error;
      this.#change({ ...this.#state, trouble: troubleOf(error) });
    }
  }

  #pause(): Promise<void> {
    if (this.#isDirty) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#input.refreshMs);
      this.#lookNow = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#signal.addEventListener('abort', this.#lookNow, { once: true });
    });
  }

  #press(key: Key): void {
    const { state, act } = pressInTop(this.#state, key);
    this.#change(state);
    if (act !== null) void this.#act(act);
  }

  async #act(act: TopAct): Promise<void> {
    const { ct } = this.#deps;
    try {
      if (act.kind === 'stop') this.#input.stop();
      if (act.kind === 'quit') this.#leave.abort();
      if (act.kind === 'open')
        this.#change({ ...this.#state, sheet: await openSheet(ct, { state: this.#state, look: this.#lookOf(), act }) });
      if (act.kind === 'change') this.#change({ ...this.#state, note: await change(ct, act.change) });
      if (act.kind !== 'open') this.#again();
    } catch (error) {
      if (!(error instanceof CloudTaskError)) throw error;
      this.#change({ ...this.#state, note: error.message });
    }
  }

  #again(): void {
    this.#isDirty = true;
    this.#lookNow();
  }

  #change(state: TopState): void {
    this.#state = state;
    this.#pace?.changed();
  }

  #lookOf(): Look {
    return { ...lookOf(this.#deps.out), width: this.#screen?.size.columns ?? 80 };
  }

  #draw(): void {
    const screen = this.#screen;
    if (screen) screen.draw(topFrameLines(this.#state, this.#lookOf(), screen.size.rows));
  }
}

function troubleOf(error: CloudTaskError): string {
  return error.retryable ? 'server not reachable, trying again' : error.message;
}

async function change(ct: CloudTask, wanted: Change): Promise<string> {
  switch (wanted.kind) {
    case 'cancel':
      return `The job is ${(await ct.jobs.cancel(wanted.jobId)).status === 'CANCELLED' ? 'cancelled' : 'told to stop'}.`;
    case 'retry':
      await ct.jobs.retry(wanted.jobId);
      return 'The job runs again.';
    case 'pause':
      await ct.queues.pause(wanted.queue);
      return `Queue ${wanted.queue} is paused.`;
    case 'resume':
      await ct.queues.resume(wanted.queue);
      return `Queue ${wanted.queue} is resumed.`;
  }
}
