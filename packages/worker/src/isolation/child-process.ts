import { type ChildProcess as NodeProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@cloudtask/core/logger';
import type { ConfigSource } from '../config-source.ts';
import { childFlags } from './child-flags.ts';
import { CHANNEL_FD, type FromChild, type OutputStream, type ToChild, WATCH_FD } from './child-messages.ts';
import { LineChannel } from './line-channel.ts';
import { offerToMemoryKiller, residentBytes } from './memory-watch.ts';
import { killTree } from './process-tree.ts';
import { readFromChild } from './read-from-child.ts';
import { StrayOutput } from './stray-output.ts';

/** Children with the same of both can take each other's jobs. */
export interface ChildSpec {
  /** The file of the handler. */
  readonly module: string;
  /** MiB */
  readonly memoryLimit: number;
}

interface ChildSurroundings {
  env: Record<string, string>;
  logger: Logger;
  configFile?: ConfigSource;
}

/** What whoever runs a job in a child hears of it. */
export interface ChildListener {
  onMessage(message: FromChild): void;
  onExit(exit: ChildExit): void;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why this worker killed it. */
  killedFor: KillReason | undefined;
  /** The error that nobody caught. */
  crash: string | undefined;
  /** The end of what it wrote there: V8 says in it that the heap is full. */
  lastErrors: string;
  /** There was no process: the machine has none left to give, or no memory for it. */
  spawnError: Error | undefined;
}

export type KillReason =
  | 'attempt-over'
  | 'closing'
  | 'garbled'
  | 'idle'
  | 'make-room'
  | 'memory'
  | 'not-loaded'
  | 'worn';

/** A child process from its start to its end: one handler module, one job at a time. */
export class ChildProcess {
  readonly spec: ChildSpec;
  /** Jobs that it was given. */
  runs = 0;
  idleSince = 0;
  /** Undefined until it has said whether it could load its module. */
  loaded: { why?: string } | undefined;
  /** The memory that it held when its module was loaded and no job had run. */
  emptyBytes = 0;
  readonly exited: Promise<void>;
  readonly #process: NodeProcess;
  readonly #channel: LineChannel;
  readonly #logger: Logger;
  readonly #stray: StrayOutput;
  #listener: ChildListener | undefined;
  #killedFor: KillReason | undefined;
  #crash: string | undefined;
  #spawnError: Error | undefined;
  #lastErrors = '';
  #isOver = false;

  constructor(spec: ChildSpec, { env, logger, configFile }: ChildSurroundings) {
    this.spec = spec;
    this.#process = spawn(
      process.execPath,
      [
        ...childFlags(process.execArgv, spec.memoryLimit),
        fileURLToPath(ENTRY),
        spec.module,
        ...(configFile ? [configFile.path, configFile.mode] : []),
      ],
      // A group of its own: a signal to the worker's is not for it, and killing it takes along what it started.
      { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] },
    );
    this.#process.on('error', (error) => {
      this.#spawnError ??= error;
    });
    const { pid, stdout, stderr, stdio } = this.#process;
    this.#logger = logger.child({ childPid: pid });
    this.#stray = new StrayOutput(this.#logger);
    // Without a free file descriptor Node makes no pipes either.
    const watched = stdio?.[WATCH_FD];
    if (!watched || !stdio[CHANNEL_FD]) throw new Error('this process has too many files open to start another one');
    watched.on('error', () => {});
    this.#read('stdout', stdout as Readable);
    this.#read('stderr', stderr as Readable);
    this.#channel = new LineChannel(stdio[CHANNEL_FD] as Socket, {
      onLine: (line) => this.#receive(line),
      onTooLong: () => this.kill('garbled'),
    });
    this.exited = this.#untilExit();
    this.#unref();
    if (pid !== undefined) offerToMemoryKiller(pid);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** False also while it is dying. */
  get isUsable(): boolean {
    return !this.#isOver && this.#killedFor === undefined;
  }

  /** One at a time; the one before hears no more. */
  listen(listener: ChildListener | undefined): void {
    this.#listener = listener;
    if (listener) this.#stray.renew();
  }

  send(message: ToChild): void {
    this.#channel.send(JSON.stringify(message));
  }

  kill(why: KillReason): void {
    if (!this.isUsable) return;
    this.#killedFor = why;
    if (this.pid !== undefined) killTree(this.pid);
  }

  #receive(line: string): void {
    if (!this.isUsable) return;
    const message = readFromChild(line);
    if (message) this.#take(message);
    else this.kill('garbled');
  }

  #take(message: FromChild): void {
    if (message.kind === 'crash') this.#crash = message.error;
    if (message.kind === 'trouble')
      this.#logger.warn({ what: message.what }, 'something is wrong with a child process');
    if (message.kind === 'ready') this.#becomeReady();
    if (message.kind === 'refused') this.loaded = { why: message.why };
    this.#listener?.onMessage(message);
  }

  #becomeReady(): void {
    this.loaded = {};
    this.emptyBytes = (this.pid === undefined ? undefined : residentBytes(this.pid)) ?? 0;
  }

  #read(stream: OutputStream, from: Readable): void {
    from.on('error', () => {});
    from.on('data', (chunk: Buffer) => {
      if (stream === 'stderr') this.#lastErrors = (this.#lastErrors + chunk.toString('latin1')).slice(-LAST_ERRORS);
      this.#stray.add(stream, chunk);
    });
  }

  async #untilExit(): Promise<void> {
    const child = this.#process;
    const closed = once(child, 'close').catch(() => {});
    if (child.pid === undefined) await new Promise((resolve) => child.once('error', resolve));
    else await new Promise((resolve) => child.once('exit', resolve));
    this.#isOver = true;
    // What it started is still in its group, and may hold the pipes open.
    if (child.pid !== undefined) killTree(child.pid);
    if (child.pid !== undefined) await Promise.race([closed, pause(LAST_WORDS_MS, undefined, { ref: false })]);
    this.#stray.end();
    this.#listener?.onExit({
      code: child.exitCode,
      signal: child.signalCode,
      killedFor: this.#killedFor,
      crash: this.#crash,
      lastErrors: this.#lastErrors,
      spawnError: this.#spawnError,
    });
  }

  // A worker's jobs and its connections keep a program running, its children do not.
  #unref(): void {
    this.#process.unref();
    for (const stream of this.#process.stdio) (stream as Socket | null)?.unref();
  }
}

// The compiler renames what is imported, not what is named in a URL.
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);
const LAST_ERRORS = 8_192;
/** For what is still in the pipes of a process that has ended. */
const LAST_WORDS_MS = 500;
