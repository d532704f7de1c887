import { setTimeout as pause } from 'node:timers/promises';
import type { ServablePlatform } from '@cloudtask/core/link/serve-platform';
import type { ChaosKind } from './chaos.ts';
import type { HandlerSource, SaidLine } from './dev-messages.ts';
import { rescueProcess } from './rescue-process.ts';
import { type Loaded, type ProcessEnd, WorkerProcess } from './worker-process.ts';

export type { ChaosKind } from './chaos.ts';
export type { HandlerSource, SaidLine } from './dev-messages.ts';

/** All kinds, for flags and their help. */
export const CHAOS_KINDS = ['redeliver', 'slow', 'crash'] as const satisfies readonly ChaosKind[];

export interface DevWorkersOptions {
  /** Stays open when the workers are closed. */
  platform: ServablePlatform;
  /** The working directory of the workers, from which `cloudtask.config.ts` and `.env` are looked for. */
  cwd: string;
  /** Default: the nearest `cloudtask.config.*` in `cwd` or above it. */
  configFile?: string | undefined;
  /** Wins over the configuration. */
  handlersFolder?: string | undefined;
  /** Where the built-in `email` writes mails. Default `.cloudtask`. */
  dataDir?: string | undefined;
  /** Needed when the platform's database is a server: there the workers send their heartbeats themselves. */
  databaseUrl?: string | undefined;
  /** Jobs at a time. Default: what the configuration says, or 50; with `inspect` 1. */
  concurrency?: number | undefined;
  /** Run these types only. */
  only?: readonly string[] | undefined;
  /** What is done to the jobs so that handlers get to know it. Default nothing. */
  chaos?: readonly ChaosKind[] | undefined;
  /** Told what happens, in its order. Must not throw. */
  onEvent(event: DevEvent): void;
  /** A debugger can attach to 127.0.0.1:9229. `brk`: the first process waits for it before it loads anything. Default false. */
  inspect?: boolean | 'brk' | undefined;
}

/** Each process is a generation, also one that could not load its code: their numbers grow, and some are missing. */
export type DevEvent =
  | {
      kind: 'loaded';
      generation: number;
      types: readonly HandlerSource[];
      /** What about the files may be a mistake, a sentence each. */
      advice: readonly string[];
      /** From the start of the process until it takes jobs. */
      ms: number;
      isFirst: boolean;
      /** Jobs that end on the old code. */
      finishing: number;
    }
  /** The code does not load, the message says why and where. The generation before goes on, if there is one. */
  | { kind: 'refused'; generation: number; message: string }
  /** A process ended that was not asked to. `rescued`: its jobs, which others run again. */
  | { kind: 'died'; generation: number; signal: string | null; code: number | null; rescued: number }
  /** An operator drains the process: it ends what it has, and there is none until the next `reload`. */
  | { kind: 'draining'; generation: number; reason: string | null; finishing: number }
  /** An old generation has ended what it had to, and itself. */
  | { kind: 'retired'; generation: number }
  /** What handlers said of their jobs: `context.log`, `console`, and what their child processes printed. */
  | ({ kind: 'said'; generation: number } & SaidLine)
  /** What else the process printed: outside of jobs, or past the console. */
  | { kind: 'printed'; generation: number; stream: 'stdout' | 'stderr'; line: string };

export interface DevWorkers {
  /** Of the process that takes jobs now; 0: none does. */
  readonly generation: number;
  /** What it runs. */
  readonly types: readonly HandlerSource[];
  /**
   * Loads the code as it is on disk now, in a new process. When that takes jobs, the old one takes no more and ends what it
   * has, within 60 s. Calls while one runs lead to one more after it.
   */
  reload(): Promise<'loaded' | 'refused'>;
  /** Kills the process that takes jobs (SIGKILL). Resolves when its jobs wait again and there is a new one, if its code loads. */
  kill(): Promise<void>;
  /** No jobs are taken until `resume`, by later generations neither. Those that run go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Lets running jobs end, and gives back what is left after the grace; called again, the new grace counts. Default: the grace of the settings, 25 s. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/**
 * Starts a worker for this platform in a process of its own. Resolves when it takes jobs, or when its code was refused: then
 * there is none until a `reload` finds better code. No process outlives this one, however it ends.
 */
export async function startDevWorkers(options: DevWorkersOptions): Promise<DevWorkers> {
  const workers = new Generations(options);
  await workers.reload();
  return workers;
}

class Generations implements DevWorkers {
  readonly #options: DevWorkersOptions;
  readonly #processes = new Set<WorkerProcess>();
  /** What comes after the end of each: its rescue, its replacement. */
  readonly #followUps = new Map<WorkerProcess, Promise<void>>();
  readonly #closed = new AbortController();
  #current: { process: WorkerProcess; types: readonly HandlerSource[] } | undefined;
  #lastGeneration = 0;
  #hasLoaded = false;
  #isPaused = false;
  #loading: Promise<'loaded' | 'refused'> | undefined;
  #next: Promise<'loaded' | 'refused'> | undefined;
  #quickDeaths = 0;
  #closing: Promise<void> | undefined;

  constructor(options: DevWorkersOptions) {
    this.#options = options;
  }

  get generation(): number {
    return this.#current?.process.generation ?? 0;
  }

  get types(): readonly HandlerSource[] {
    return this.#current?.types ?? [];
  }

  reload(): Promise<'loaded' | 'refused'> {
    if (!this.#loading) return this.#load();
    this.#next ??= this.#loading.then(() => {
      this.#next = undefined;
      return this.#load();
    });
    return this.#next;
  }

  async kill(): Promise<void> {
    const victim = this.#current?.process;
    if (!victim) return;
    // On purpose: that is no sign that it will die again.
    this.#quickDeaths = -1;
    victim.kill();
    await victim.ended;
    // Not those of the others: one that ends its last jobs, or is loaded just now, may live long.
    await this.#followUps.get(victim);
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    for (const process of this.#processes) process.pause();
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    for (const process of this.#processes) process.resume();
  }

  close({ graceMs }: { graceMs?: number } = {}): Promise<void> {
    if (!this.#closing) this.#closing = this.#close(graceMs);
    // Whoever asks again may be in a hurry.
    else if (graceMs !== undefined)
      for (const process of this.#processes) if (process.isAsked) void process.retire(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number | undefined): Promise<void> {
    this.#closed.abort();
    for (const process of this.#processes) {
      if (process.isAsked || process === this.#current?.process) void process.retire(graceMs);
      // It has taken no job yet, or could not say so.
      else process.kill();
    }
    await Promise.all(Array.from(this.#processes, ({ ended }) => ended));
    await Promise.all(this.#followUps.values());
  }

  #load(): Promise<'loaded' | 'refused'> {
    this.#loading = this.#loadNow().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadNow(): Promise<'loaded' | 'refused'> {
    if (this.#closed.signal.aborted) return 'refused';
    const process = this.#start();
    const { generation } = process;
    const answer = await this.#answerOf(process);
    if (this.#closed.signal.aborted) return 'refused';
    if (answer.kind === 'refused') {
      process.isAsked = true;
      this.#tell({ kind: 'refused', generation, message: answer.message });
      return 'refused';
    }
    // It died between the two: what follows its end sees to that.
    if (process.hasEnded) return 'refused';
    const old = this.#current?.process;
    this.#current = { process, types: answer.types };
    const ms = Math.round(performance.now() - process.startedAt);
    const finishing = (await old?.retire(RETIRE_MS)) ?? 0;
    if (this.#options.inspect) process.openDebugger();
    // It may have been asked for while this process was still loading.
    if (this.#isPaused) process.pause();
    else process.resume();
    const isFirst = !this.#hasLoaded;
    this.#hasLoaded = true;
    this.#tell({ kind: 'loaded', generation, types: answer.types, advice: answer.advice, ms, isFirst, finishing });
    return 'loaded';
  }

  #start(): WorkerProcess {
    const { platform, cwd, inspect = false, chaos = [], concurrency = inspect ? 1 : undefined } = this.#options;
    const { configFile, handlersFolder, dataDir, databaseUrl, only } = this.#options;
    const generation = ++this.#lastGeneration;
    const waitsForDebugger = inspect === 'brk' && !this.#hasLoaded;
    const files = { configFile, handlersFolder, dataDir };
    const process = new WorkerProcess({
      platform,
      cwd,
      generation,
      start: { ...files, databaseUrl, concurrency, only, chaos, isPaused: this.#isPaused, waitsForDebugger },
      onPrinted: (stream, line) => this.#tell({ kind: 'printed', generation, stream, line }),
      onSaid: (line) => this.#tell({ kind: 'said', generation, ...line }),
      onDraining: ({ reason, busy: finishing }) => {
        if (this.#current?.process === process) this.#current = undefined;
        this.#tell({ kind: 'draining', generation, reason, finishing });
      },
    });
    this.#processes.add(process);
    const followUp = process.ended.then((end) => this.#follow(process, end));
    this.#followUps.set(process, followUp);
    void followUp.finally(() => this.#followUps.delete(process));
    return process;
  }

  /** Code that waits for ever while it is loaded is refused like any other that does not load. */
  async #answerOf(process: WorkerProcess): Promise<Loaded> {
    if (this.#options.inspect) return await process.loaded;
    const answered = new AbortController();
    const late = pause(LOAD_MS, 'late' as const, { signal: answered.signal }).catch(() => 'late' as const);
    const answer = await Promise.race([process.loaded, late]);
    answered.abort();
    if (answer !== 'late') return answer;
    process.isAsked = true;
    process.kill();
    const message = `the handlers were not loaded within ${LOAD_MS / 1_000} s: does a file wait for something while it is imported?`;
    return { kind: 'refused', message };
  }

  async #follow(process: WorkerProcess, { code, signal }: ProcessEnd): Promise<void> {
    const { generation } = process;
    if (this.#current?.process === process) this.#current = undefined;
    const rescued = await this.#rescue(process);
    this.#processes.delete(process);
    if (!process.hasServed) return;
    if (process.isAsked && code === 0) this.#tell({ kind: 'retired', generation });
    else this.#tell({ kind: 'died', generation, signal, code, rescued });
    if (!this.#current && !process.isDrained) await this.#replace(process);
  }

  async #rescue({ pid }: WorkerProcess): Promise<number> {
    const { platform } = this.#options;
    try {
      return pid === undefined ? 0 : await rescueProcess(platform, pid);
    } catch (err) {
      platform.logger.error(
        { err, pid },
        'the jobs of a worker process could not be rescued: they wait for the next start',
      );
      return 0;
    }
  }

  /** At once; after a pause that grows when it dies again within seconds. */
  async #replace({ startedAt }: WorkerProcess): Promise<void> {
    const isQuick = performance.now() - startedAt < QUICK_MS;
    this.#quickDeaths = isQuick ? this.#quickDeaths + 1 : 0;
    const deaths = this.#quickDeaths;
    const pauseMs = deaths <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (deaths - 2));
    await pause(pauseMs, undefined, { signal: this.#closed.signal }).catch(() => {});
    // Somebody may have reloaded meanwhile.
    await this.#loading;
    if (!this.#current && !this.#closed.signal.aborted) await this.#load();
  }

  #tell(event: DevEvent): void {
    this.#options.onEvent(event);
  }
}

/** For what the old generation still runs. */
const RETIRE_MS = 60_000;
const LOAD_MS = 30_000;
const QUICK_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
