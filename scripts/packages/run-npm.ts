import { execFile } from 'node:child_process';

export interface NpmRun {
  isOk: boolean;
  stdout: string;
  stderr: string;
}

export interface NpmOptions {
  cwd: string;
  env?: Record<string, string>;
}

/** Runs npm, which decides nothing by the npm that may have started us. */
export function runNpm(args: readonly string[], { cwd, env = {} }: NpmOptions): Promise<NpmRun> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile('npm', [...args, '--loglevel=error'], options, (error, stdout, stderr) => {
      resolve({ isOk: error === null, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** The same, for what has to succeed. */
export async function mustRunNpm(args: readonly string[], options: NpmOptions): Promise<string> {
  const { isOk, stdout, stderr } = await runNpm(args, options);
  if (!isOk) throw new Error(`npm ${args.join(' ')} failed in ${options.cwd}:\n${stderr}${stdout}`);
  return stdout;
}
