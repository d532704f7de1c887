import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Command {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** Default `/`. */
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Characters of what it prints that are kept, the last ones. Default 4,000. */
  keepChars?: number | undefined;
}

/** A child process that cannot outlive us, not even when we are killed. */
export interface Guarded {
  readonly pid: number;
  hasEnded(): boolean;
  /** The last of what it printed. */
  output(): string;
  /** Reaches its children too (PostgreSQL serves each session from one). */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal, after 20 s SIGKILL, and waits until it is gone. Ending twice is fine. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export function spawnGuarded({ command, args, env, cwd = '/', uid, gid, keepChars = 4_000 }: Command): Guarded {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  let text = '';
  const keep = (bytes: unknown): void => {
    text = `${text}${bytes}`.slice(-keepChars);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      keep(error.message);
      resolve();
    });
  });
  const pid = child.pid ?? 0;
  const guard = pid > 0 ? startGuard(pid) : undefined;
  const hasEnded = (): boolean => pid === 0 || child.exitCode !== null || child.signalCode !== null;

  function signalAll(signal: NodeJS.Signals): void {
    if (hasEnded()) return;
    // The parent first: killed the other way round, it would start new children, or log and clean up after them.
    const children = childrenOf(pid);
    for (const each of [pid, ...children]) tryKill(each, signal);
  }

  return {
    pid,
    hasEnded,
    output: () => text.trim(),
    signal: signalAll,
    async end(signal) {
      if (signal === 'SIGKILL') signalAll(signal);
      else if (!hasEnded()) tryKill(pid, signal);
      signalAll('SIGCONT');
      const late = setTimeout(signalAll, 20_000, 'SIGKILL');
      await gone;
      clearTimeout(late);
      await guard?.dismiss();
    },
  };
}

/** A shell that kills the process when our end of its stdin closes, which the kernel does however we end. */
function startGuard(pid: number): { dismiss(): Promise<void> } {
  const guard = spawn('sh', ['-c', `read -r _; kill -KILL ${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return {
    async dismiss() {
      if (guard.exitCode !== null || guard.signalCode !== null) return;
      const ended = once(guard, 'exit');
      guard.ref();
      guard.kill('SIGKILL');
      await ended;
    },
  };
}

function childrenOf(pid: number): number[] {
  try {
    return numbers(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  } catch {
    return childrenByPgrep(pid);
  }
}

function childrenByPgrep(pid: number): number[] {
  try {
    return numbers(execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }));
  } catch {
    return [];
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
