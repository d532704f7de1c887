import { spawn } from 'node:child_process';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { printable } from '../views/printable.ts';

interface Place {
  folder: string;
  env: Record<string, string | undefined>;
}

/** A repository of its own, unless the folder lies in one. Without git there is none. */
export async function startRepository(place: Place): Promise<void> {
  const inside = await run(place, ['git', 'rev-parse', '--is-inside-work-tree']);
  if (inside !== 'missing' && inside.code !== 0) await run(place, ['git', 'init', '--quiet']);
}

/** Installs the packages. Says what the package manager said when it fails; the files stay. */
export async function installPackages(place: Place, command: string, inShell: string): Promise<void> {
  const ended = await run(place, command.split(' '));
  if (ended !== 'missing' && ended.code === 0) return;
  const said = ended === 'missing' ? `There is no ${command.split(' ')[0]} here.` : lastLines(ended.text);
  throw new CliError(`the files are there, but \`${command}\` failed`, {
    code: 'INSTALL_FAILED',
    exit: EXIT.other,
    why: said,
    tryThis: inShell,
  });
}

function lastLines(text: string): string {
  const lines = text.split('\n').map(printable).filter(Boolean);
  return lines.slice(0, 4).join(' · ').slice(0, 400) || 'It said nothing.';
}

function run(
  { folder, env }: Place,
  [program = '', ...args]: string[],
): Promise<{ code: number | null; text: string } | 'missing'> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve('missing') : reject(error)));
    child.on('close', (code) => resolve({ code, text }));
  });
}
