import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@cloudtask/sdk/contract';
import { eventually } from '../../test/support/eventually.ts';
import { repository } from './repository.ts';
import { type Answer, lastLines, runCommand } from './run-command.ts';

/** The command line as a user has it: an own configuration folder, signed in to the stack. */
export interface CliAccount {
  /** The answer with its exit code, which tells the job's fate. */
  run(...args: string[]): Promise<Answer>;
  signIn(): Promise<void>;
  submit(...args: string[]): Promise<Job>;
  show(id: string): Promise<Job>;
  /** Asks until the job is as wanted. */
  watch(id: string, isWanted: (job: Job) => boolean, timeoutMs: number): Promise<Job>;
  close(): Promise<void>;
}

export async function registerByCli(url: string, password: string, signal: AbortSignal): Promise<CliAccount> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-stack-'));
  const program = [process.execPath, '--conditions=source', join(repository, 'packages/cli/bin/run.js')];
  const env = { CLOUDTASK_CONFIG_DIR: folder, CLOUDTASK_URL: url };

  const run = (args: string[], input?: string): Promise<Answer> =>
    runCommand([...program, ...args], { env, signal, ...(input !== undefined && { input }) });

  async function ask<T>(args: string[]): Promise<T> {
    const { code, stdout, stderr } = await run([...args, '--json']);
    if (code !== 0) throw new Error(`\`cloudtask ${args.join(' ')}\` ended with ${code}:\n${lastLines(stderr, 8)}`);
    return JSON.parse(stdout) as T;
  }

  async function enter(command: 'register' | 'login'): Promise<void> {
    const { code, stderr } = await run([command, '--email', 'stack@example.com', '--password-stdin'], password);
    if (code !== 0) throw new Error(`\`cloudtask ${command}\` ended with ${code}:\n${lastLines(stderr, 8)}`);
  }

  await enter('register');
  return {
    signIn: () => enter('login'),
    run: (...args) => run(args),
    submit: (...args) => ask<Job>(['submit', ...args]),
    show: (id) => ask<Job>(['jobs', 'show', id]),
    async watch(id, isWanted, timeoutMs) {
      let last: Job | undefined;
      const look = async (): Promise<Job | false> => {
        signal.throwIfAborted();
        last = await ask<Job>(['jobs', 'show', id]);
        return isWanted(last) && last;
      };
      return eventually(look, { timeoutMs, intervalMs: 300, describe: () => last });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
