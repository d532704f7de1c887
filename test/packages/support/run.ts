import { execFile } from 'node:child_process';

const TIMEOUT_MS = 120_000;

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program as a user would: with nothing of npm's environment, which would lead an `npm` or `npx` below `npm test` back
 * to the repository. The registry, the cache and the way to them that were chosen
 * for this run stay.
 */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Ran> {
  const options = { cwd, env: { ...usersEnvironment(), ...env }, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      // Not a number when it could not be started, or was ended by a signal.
      const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0;
      const ending = error?.killed ? `\nended by ${error.signal} after ${TIMEOUT_MS} ms` : '';
      resolve({ code, stdout, stderr: (stderr || (error?.message ?? '')) + ending });
    });
    child.stdin?.end();
  });
}

/** The same, for what must succeed; returns what it printed on stdout. */
export async function mustRun(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call);
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${code}:\n${stderr}\n${stdout}`);
  return stdout;
}

/** The environment of this process without what npm, vitest and CloudTask put there. */
export function usersEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined &&
      !/^(npm_(?!config_(registry|cache|userconfig|cafile|.*proxy)$)|CLOUDTASK_|VITEST|NODE_(ENV|OPTIONS|PATH|V8_COVERAGE)$|INIT_CWD$)/i.test(
        name,
      ),
  );
  return Object.fromEntries(own) as Record<string, string>;
}
