import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../../../test/support/node-flags.ts';
import type { Ran } from './run-cli.ts';

/** What is run, and where. */
export interface Order {
  args: readonly string[];
  input: string;
  env: Record<string, string>;
  cwd: string;
  home: string;
}

/** How the process is started. */
export interface ProcessOptions {
  /** A file that is loaded before anything else. */
  preload?: string;
  /** Of the process; that of the command is part of each order. */
  env?: Record<string, string>;
}

/**
 * Command lines run one after the other in one process, whose modules are loaded once: for tests that run hundreds of them.
 * Not the test's own process, in which the framework would load the commands a second time.
 */
export async function startOneProcess({ preload, env: own = {} }: ProcessOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-cli-'));
  const program = fileURLToPath(new URL('./many-commands.ts', import.meta.url));
  const child = fork(program, {
    execArgv: [...NODE_FLAGS, ...(preload === undefined ? [] : ['--require', preload])],
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...own },
  });
  await once(child, 'message');
  const base = { LANG: 'C.UTF-8', CLOUDTASK_CONFIG_DIR: join(folder, 'config') };
  let turn: Promise<unknown> = Promise.resolve();

  async function runNow(args: readonly string[], input: string, env: Record<string, string>): Promise<Ran> {
    const order: Order = { args, input, env: { ...base, ...env }, cwd: folder, home: folder };
    const answered = once(child, 'message');
    child.send(order);
    const [ran] = (await answered) as [Ran];
    return ran;
  }

  return {
    folder,
    run(args: readonly string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}) {
      const ran = turn.then(() => runNow(args, input, env));
      turn = ran.catch(() => {});
      return ran;
    },
    async close() {
      child.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
