import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ipcChannel } from '@cloudtask/core/link/link-channel';
import { type ServablePlatform, type ServedPlatform, servePlatform } from '@cloudtask/core/link/serve-platform';
import { inheritedFlags } from '../isolation/child-flags.ts';
import { killTree } from '../isolation/process-tree.ts';
import {
  type FromDevWorker,
  type SaidLine,
  type StartOptions,
  type ToDevWorker,
  unwrapped,
  wrapped,
} from './dev-messages.ts';

export interface WorkerProcessOptions {
  platform: ServablePlatform;
  cwd: string;
  generation: number;
  start: StartOptions;
  onPrinted(stream: 'stdout' | 'stderr', line: string): void;
  onSaid(line: SaidLine): void;
  /** An operator drains it. */
  onDraining(drain: Draining): void;
}

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type Draining = Extract<FromDevWorker, { kind: 'draining' }>;
export type Loaded = Extract<FromDevWorker, { kind: 'loaded' | 'refused' }>;

/** The process of one generation, from its start to its end. */
export class WorkerProcess {
  readonly generation: number;
  /** Whether its code could be loaded. A process that ends before it says so has refused. */
  readonly loaded: Promise<Loaded>;
  /** Resolves when it is gone, and all that was its own in the platform with it. */
  readonly ended: Promise<ProcessEnd>;
  readonly startedAt = performance.now();
  readonly #process: ChildProcess;
  readonly #platform: ServablePlatform;
  readonly #onSaid: WorkerProcessOptions['onSaid'];
  readonly #onDraining: WorkerProcessOptions['onDraining'];
  readonly #served: ServedPlatform;
  readonly #isLoaded = Promise.withResolvers<Loaded>();
  readonly #isRetiring = Promise.withResolvers<number>();
  #lastErrors: string[] = [];
  /** It was told to end. */
  isAsked = false;
  /** By an operator: another process is not wanted. */
  isDrained = false;
  /** It took jobs. */
  hasServed = false;
  hasEnded = false;

  constructor(options: WorkerProcessOptions) {
    const { platform, cwd, generation, start } = options;
    this.generation = generation;
    this.#platform = platform;
    this.#onSaid = options.onSaid;
    this.#onDraining = options.onDraining;
    this.#process = fork(fileURLToPath(ENTRY), [], {
      cwd,
      // Dates, bytes and numbers without end go over the channel as they are.
      serialization: 'advanced',
      execArgv: inheritedFlags(process.execArgv),
      // A group of its own: Ctrl-C is for the platform, which lets jobs end first.
      detached: true,
      // The last one is for the thread that ends the process with this one.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    this.#served = servePlatform(platform, ipcChannel(this.#process));
    this.loaded = this.#isLoaded.promise;
    this.#process.on('message', (raw) => this.#receive(unwrapped<FromDevWorker>(raw)));
    // Without a process there is an error and no exit; both are answered by the end.
    this.#process.on('error', (error) => this.#lastErrors.push(error.message));
    this.#process.stdio[WATCH_FD]?.on('error', () => {});
    this.#read('stdout', options);
    this.#read('stderr', options);
    this.ended = this.#untilEnd();
    this.#send({ kind: 'start', options: start });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  pause(): void {
    this.#send({ kind: 'pause' });
  }

  resume(): void {
    this.#send({ kind: 'resume' });
  }

  openDebugger(): void {
    this.#send({ kind: 'open-debugger' });
  }

  /**
   * Takes no more jobs from now on, lets those that run end, and ends. Answers how many still run, as soon as no more are
   * taken. What does not end in time is handed back; a process that does not manage even that is killed. One that does not
   * answer is blocked by a handler: it takes no jobs either, and runs one at least.
   */
  async retire(graceMs: number | undefined): Promise<number> {
    this.isAsked = true;
    this.#send({ kind: 'retire', graceMs });
    const killer = setTimeout(() => this.kill(), (graceMs ?? LONGEST_GRACE_MS) + TIDY_MS);
    void this.ended.then(() => clearTimeout(killer));
    const blocked = pause(ANSWER_MS, 1, { ref: false });
    return await Promise.race([this.#isRetiring.promise, this.ended.then(() => 0), blocked]);
  }

  /** SIGKILL, with all that its handlers started. */
  kill(): void {
    if (this.pid !== undefined) killTree(this.pid);
  }

  #receive(message: FromDevWorker | undefined): void {
    switch (message?.kind) {
      case 'loaded':
      case 'refused':
        this.hasServed = message.kind === 'loaded';
        this.#isLoaded.resolve(message);
        break;
      case 'retiring':
        this.#isRetiring.resolve(message.busy);
        break;
      case 'draining':
        this.isAsked = true;
        this.isDrained = true;
        this.#onDraining(message);
        break;
      case 'said': {
        const { kind: _, ...line } = message;
        this.#onSaid(line);
        break;
      }
      case 'log':
        this.#platform.logger[message.level]({ ...message.fields, generation: this.generation }, message.message);
        break;
    }
  }

  #send(message: ToDevWorker): void {
    if (this.#process.connected) this.#process.send(wrapped(message), () => {});
  }

  #read(stream: 'stdout' | 'stderr', { onPrinted }: WorkerProcessOptions): void {
    const lines = createInterface({ input: this.#process[stream] as Readable, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => {
      if (stream === 'stderr') this.#lastErrors = [...this.#lastErrors, line].slice(-LAST_ERRORS);
      onPrinted(stream, line);
    });
  }

  async #untilEnd(): Promise<ProcessEnd> {
    const child = this.#process;
    const closed = once(child, 'close').catch(() => {});
    if (child.pid === undefined) await new Promise((resolve) => child.once('error', resolve));
    else await new Promise((resolve) => child.once('exit', resolve));
    this.hasEnded = true;
    // What it started is still in its group, and may hold the pipes open.
    if (child.pid !== undefined) killTree(child.pid);
    // What it said last is still in the channel.
    await Promise.race([Promise.all([closed, this.#served.closed]), pause(LAST_WORDS_MS, undefined, { ref: false })]);
    await this.#served.close();
    const { exitCode: code, signalCode: signal } = child;
    this.#isLoaded.resolve({ kind: 'refused', message: this.#whyItEnded({ code, signal }) });
    return { code, signal };
  }

  #whyItEnded({ code, signal }: ProcessEnd): string {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    const said = this.#lastErrors.length === 0 ? '' : `:\n${this.#lastErrors.join('\n')}`;
    return `the process ended ${how} while it loaded the handlers${said}`;
  }
}

// The compiler renames what is imported, not what is named in a URL.
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './dev-worker.ts' : './dev-worker.js', import.meta.url);
const WATCH_FD = 4;
const LAST_ERRORS = 12;
const LAST_WORDS_MS = 1_000;
const ANSWER_MS = 2_000;
/** The most that the settings allow. */
const LONGEST_GRACE_MS = 3_600_000;
/** After the grace: jobs that were told to stop, and their outcomes. */
const TIDY_MS = 12_000;
