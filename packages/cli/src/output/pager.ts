import { spawn } from 'node:child_process';
import type { Surroundings } from '../surroundings.ts';
import { visibleWidth } from '../views/visible-width.ts';

type Terminal = Pick<Surroundings, 'env' | 'stdout' | 'stderr'>;

/** Shows a text that is longer than the terminal in the pager of whoever reads it; a shorter one is written as it is. */
export async function showPaged(text: string, terminal: Terminal): Promise<void> {
  const pager = isLong(text, terminal) ? pagerOf(terminal) : undefined;
  if (pager !== undefined && (await isShownBy(pager, text, terminal))) return;
  terminal.stdout.write(text);
}

function isLong(text: string, { stdout }: Terminal): boolean {
  const { columns, rows } = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
  const needed = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleWidth(line) / columns)), 0);
  return needed > rows;
}

interface Pager {
  command: string;
  args: readonly string[];
  /** What its user calls it; undefined for the one that nobody has named. */
  named?: string;
}

/** As git has it: a variable that is empty, or `cat`, wants none. */
function pagerOf({ env }: Terminal): Pager | undefined {
  const named = (env['CLOUDTASK_PAGER'] ?? env['PAGER'])?.trim();
  if (named === undefined) return { command: 'less', args: ['-FIRX'] };
  if (named === '' || named === 'cat') return undefined;
  // A pager may come with words of its own: `less -S`.
  return process.platform === 'win32'
    ? { command: 'cmd', args: ['/d', '/s', '/c', named], named }
    : { command: 'sh', args: ['-c', named], named };
}

/** False: it could not be started, and nothing was shown. */
async function isShownBy({ command, args, named }: Pager, text: string, { env, stderr }: Terminal): Promise<boolean> {
  const child = spawn(command, args, {
    // Whoever named `less` without flags means colours, and no pager for what fits.
    env: { LESS: 'FIRX', ...env },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  // It may be closed before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  // Ctrl-C belongs to the pager while it is open.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const code = await new Promise<number | null>((resolve) => {
      child.on('error', () => resolve(NOT_FOUND));
      child.on('close', resolve);
    });
    const isStarted = code !== NOT_FOUND && code !== NOT_EXECUTABLE;
    if (!isStarted && named !== undefined) stderr.write(`warning: there is no pager ${named}\n`);
    return isStarted;
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** What a shell ends with when the command cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
