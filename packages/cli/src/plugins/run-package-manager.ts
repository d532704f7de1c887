import { spawn } from 'node:child_process';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { shellWord } from '../views/shell-word.ts';

/** Runs it in the project. What it says is conversation: its stdout goes to stderr. */
export async function runPackageManager(
  [program = '', ...args]: readonly string[],
  { folder, surroundings }: { folder: string; surroundings: Surroundings },
): Promise<void> {
  const { env, stderr } = surroundings;
  const ended = await new Promise<number | null | 'missing'>((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => stderr.write(part));
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve('missing') : reject(error)));
    child.on('close', resolve);
  });
  if (ended === 0) return;
  const command = commandText([program, ...args]);
  throw new CliError(`\`${command}\` failed`, {
    code: 'INSTALL_FAILED',
    exit: EXIT.other,
    why:
      ended === 'missing'
        ? `There is no ${program} here, and the lock file of this project is its.`
        : 'What it said is above; the configuration is as it was.',
    tryThis: ended === 'missing' ? 'cloudtask plugins add … --no-install' : `cd ${shellWord(folder)} && ${command}`,
  });
}

export function commandText(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
