import { spawn } from 'node:child_process';

export interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  input?: string;
  /** Ends the command when it is aborted; it then fails like any other that was killed. */
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface Answer {
  /** `-1` when it was ended by a signal. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs it to its end and gives what it said; only a command that cannot be started at all throws. */
export function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<Answer> {
  const [program = '', ...args] = command;
  const { env, cwd, input, signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    });
    const answer: Answer = { code: -1, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      answer.stderr += text;
    });
    const end = (): void => void child.kill('SIGTERM');
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('close', (code) => {
      signal?.removeEventListener('abort', end);
      resolve({ ...answer, code: code ?? -1 });
    });
    // A command that does not read its input may be gone before it is written.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** As `runCommand`, but gives standard output alone and throws, with the end of what was said, when the code is not 0. */
export async function expectCommand(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, options);
  if (code === 0) return stdout;
  const shown = command.map((word) => (word.length > 120 ? `${word.slice(0, 120)}…` : word)).join(' ');
  throw new Error(`\`${shown}\` ended with ${code}:\n${lastLines(`${stdout}\n${stderr}`, 25)}`);
}

export function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
