import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';

/** One process of jq between the answer of a command and stdout, for the whole command. */
export interface JqFilter {
  /** Takes the place of stdout. */
  readonly stdout: Surroundings['stdout'];
  /** Resolves when jq has written all of it; throws what it refused. */
  end(): Promise<void>;
}

/** Starts jq with this program. Throws before anything was sent when there is no jq, or when the program is none. */
export async function openJq(
  program: string,
  { surroundings, color }: { surroundings: Pick<Surroundings, 'env' | 'stdout'>; color: boolean },
): Promise<JqFilter> {
  await compile(program, surroundings.env);
  const child = start(program, surroundings.env, [color ? '-C' : '-M', '-r', '--unbuffered']);
  const ended = endOf(child);
  child.stdout.pipe(surroundings.stdout, { end: false });
  return {
    // What `Output` uses of stdout, a pipe has too.
    stdout: child.stdin as unknown as Surroundings['stdout'],
    async end() {
      child.stdin.end();
      refuseFailed(await ended);
    },
  };
}

// Without input a program is compiled and never run. A `submit` must not be sent when nobody will be able to read its answer.
async function compile(program: string, env: Surroundings['env']): Promise<void> {
  const child = start(program, env, []);
  child.stdout.resume();
  child.stdin.end();
  refuseFailed(await endOf(child));
}

function start(program: string, env: Surroundings['env'], flags: readonly string[]): ChildProcessWithoutNullStreams {
  // The space keeps a program that begins with a dash from being a flag of jq, such as one that reads a file.
  const child = spawn('jq', [...flags, ` ${program}`], { env, stdio: 'pipe', windowsHide: true });
  // A program may end before its input, as `halt` does: then nobody wants the rest.
  child.stdin.on('error', () => {});
  return child;
}

interface JqEnd {
  /** Null after a signal: Ctrl-C reaches jq as well, and is told by the command. */
  code: number | null;
  said: string;
}

function endOf(child: ChildProcessWithoutNullStreams): Promise<JqEnd> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    // In a stream each line may be refused: the first one tells it.
    if (said.length < MOST_KEPT) said += text;
  });
  const ended = new Promise<JqEnd>((resolve, reject) => {
    child.on('error', (cause) => reject(notStarted(cause)));
    child.on('close', (code) => resolve({ code, said }));
  });
  // It is awaited at the end of the command, and may fail before.
  ended.catch(() => {});
  return ended;
}

const MOST_KEPT = 2_000;

function refuseFailed({ code, said }: JqEnd): void {
  if (code === 0 || code === null) return;
  const [first = ''] = said.split('\n');
  throw usageError('jq refused', { why: first.replace(/^jq: /, '') || `It ended with ${code}.`, tryThis: 'man jq' });
}

function notStarted(cause: NodeJS.ErrnoException): CliError {
  const isMissing = cause.code === 'ENOENT';
  return new CliError(isMissing ? 'jq is not installed' : 'jq cannot be started', {
    code: isMissing ? 'PROGRAM_MISSING' : 'PROGRAM_FAILED',
    exit: EXIT.other,
    why: isMissing
      ? '--jq runs the jq of your PATH: apt install jq, brew install jq, or https://jqlang.org/download.'
      : cause.message,
    cause,
  });
}
