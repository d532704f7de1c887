import { environmentVariables } from '@cloudtask/core/config';
import type { Logger } from '@cloudtask/core/logger';
import type { ConfigSource } from '../config-source.ts';
import { ChildProcess, type ChildSpec, type KillReason } from './child-process.ts';
import { residentBytes } from './memory-watch.ts';
import { hasChildren } from './process-tree.ts';
import { scrubbedEnvironment } from './scrubbed-environment.ts';

export interface ChildPoolOptions {
  /** At most this many children, busy or not. */
  slots: number;
  /** Variables of this process's environment that children get beside those that every program needs. */
  variables: readonly string[];
  logger: Logger;
  /** Holds services and middleware for all handlers. */
  configFile?: ConfigSource;
  idleMs?: number;
}

/** The child processes of a worker: those that run a job, and those that wait for another of the same handler module. */
export class ChildPool {
  readonly #options: ChildPoolOptions;
  readonly #all = new Set<ChildProcess>();
  /** In the order in which they became idle. */
  #idle: ChildProcess[] = [];
  #watch: NodeJS.Timeout | undefined;

  constructor(options: ChildPoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A child for one job. Give it back when the job has ended, whatever became of the child. */
  take({ module, memoryLimit }: ChildSpec): ChildProcess {
    const idle = this.#idle.findLast(
      ({ spec, isUsable }) => isUsable && spec.module === module && spec.memoryLimit === memoryLimit,
    );
    const child = idle ?? this.#spawn({ module, memoryLimit });
    this.#idle = this.#idle.filter((each) => each !== child);
    child.runs += 1;
    return child;
  }

  give(child: ChildProcess): void {
    child.listen(undefined);
    if (!child.isUsable) return;
    if (isWorn(child)) {
      child.kill('worn');
      return;
    }
    child.idleSince = performance.now();
    this.#idle.push(child);
  }

  /** Ends all children, busy or not. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    for (const child of this.#all) child.kill('closing');
    await Promise.all(Array.from(this.#all, ({ exited }) => exited));
  }

  #spawn(spec: ChildSpec): ChildProcess {
    if (this.#all.size >= this.#options.slots) this.#idle.shift()?.kill('make-room');
    const { variables, logger, configFile } = this.#options;
    const env = scrubbedEnvironment(environmentVariables(), variables);
    const child = new ChildProcess(spec, { env, logger, ...(configFile && { configFile }) });
    this.#all.add(child);
    void child.exited.then(() => this.#forget(child));
    // One timer for all; nobody has to wait for it.
    this.#watch ??= setInterval(() => this.#look(performance.now()), WATCH_MS).unref();
    return child;
  }

  #forget(child: ChildProcess): void {
    this.#all.delete(child);
    this.#idle = this.#idle.filter((each) => each !== child);
    if (this.#all.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #look(now: number): void {
    for (const child of this.#all) if (isOverLimit(child)) this.#kill(child, 'memory');
    const idleMs = this.#options.idleMs ?? IDLE_MS;
    for (const child of this.#idle) if (now - child.idleSince >= idleMs) child.kill('idle');
    this.#idle = this.#idle.filter(({ isUsable }) => isUsable);
  }

  #kill(child: ChildProcess, why: KillReason): void {
    if (!child.isUsable) return;
    const { pid, spec } = child;
    this.#options.logger.warn({ childPid: pid, why, ...spec }, 'a child process is killed');
    child.kill(why);
  }
}

function isOverLimit({ pid, spec }: ChildProcess): boolean {
  return heldBytes(pid) > spec.memoryLimit * MIB;
}

/** A new one is better than this one: its jobs left memory or processes behind, or it has simply run long enough. */
function isWorn({ pid, runs, spec, emptyBytes }: ChildProcess): boolean {
  // Half of what there was for jobs: the module itself may need most of a small limit.
  const roomBytes = Math.max(0, spec.memoryLimit * MIB - emptyBytes);
  if (runs >= MAX_RUNS || heldBytes(pid) - emptyBytes > roomBytes / 2) return true;
  return pid !== undefined && hasChildren(pid);
}

function heldBytes(pid: number | undefined): number {
  return (pid === undefined ? undefined : residentBytes(pid)) ?? 0;
}

const MIB = 1024 * 1024;
const WATCH_MS = 250;
const IDLE_MS = 30_000;
const MAX_RUNS = 100;
