import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS } from '../support/node-flags.ts';

const root = join(import.meta.dirname, '../..');

export const PROGRAMS = {
  'cloudtask-server job-service': 'packages/server/src/bin/job-service.ts',
  'cloudtask-worker': 'packages/worker/src/bin/worker.ts',
  'cloudtask-server scheduler': 'packages/server/src/bin/scheduler.ts',
  'cloudtask-server results-processor': 'packages/server/src/bin/results-processor.ts',
  'cloudtask-server all': 'packages/server/src/bin/cloudtask-embedded.ts',
} as const;
/** Runs any of the server's by its name, as an installed package has it. */
export const SERVER_PROGRAM = 'packages/server/src/bin/cloudtask-server.ts';
export type ProgramName = keyof typeof PROGRAMS;

export interface Ended {
  /** Null after a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Program {
  readonly ended: Promise<Ended>;
  /** What it wrote to standard output so far. */
  stdout(): string;
  signal(signal: NodeJS.Signals): void;
}

/** A TypeScript program of this repository, from source, with only the variables given. */
export function runProgram(file: string, args: readonly string[], env: Record<string, string> = {}): Program {
  let stdout = '';
  let resolve: (ended: Ended) => void;
  const ended = new Promise<Ended>((done) => {
    resolve = done;
  });
  // A directory without an .env; a program that wrongly starts is not left behind.
  const options = { cwd: '/', env: { PATH: process.env['PATH'], HOME: '/nowhere', ...env }, timeout: 60_000 };
  const child = execFile(process.execPath, [...NODE_FLAGS, join(root, file), ...args], options, (_, out, stderr) =>
    resolve({ code: child.exitCode, stdout: out, stderr }),
  );
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  return { ended, stdout: () => stdout, signal: (signal) => child.kill(signal) };
}
