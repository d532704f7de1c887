import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { NODE_FLAGS } from '../../../../test/support/node-flags.ts';

export const BIN = inject('command');

export interface RunOptions {
  /** What stdin holds; it is closed after that. `open` leaves it open and empty. */
  input?: string | 'open';
  env?: Record<string, string>;
  /** Default: the home. */
  cwd?: string;
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

// Of all tests of a file: `onTestFinished` does not know for whom it is called when tests run side by side.
const homes: string[] = [];
afterAll(async () => {
  for (const home of homes) await rm(home, { recursive: true, force: true, maxRetries: 3 });
});

/** A home of its own for the command, and the command as a real process in it. */
export async function cliHome() {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-cli-'));
  homes.push(folder);
  const config = join(folder, 'config');
  const start = (
    args: readonly string[],
    { env = {}, cwd = folder }: RunOptions = {},
  ): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [...NODE_FLAGS, BIN, ...args], {
      cwd,
      // Nothing of the machine's own environment: no CI, no proxy, no other CLOUDTASK_ variable.
      env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', CLOUDTASK_CONFIG_DIR: config, ...env },
    });
  const run = async (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const startedAt = performance.now();
    const child = start(args, options);
    const ended = collect(child);
    if (options.input !== 'open') child.stdin.end(options.input ?? '');
    const ran = await ended;
    return { ...ran, ms: performance.now() - startedAt };
  };
  return { folder, config, start, run };
}

export async function collect(child: ChildProcessWithoutNullStreams): Promise<Omit<Ran, 'ms'>> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout, stderr };
}
