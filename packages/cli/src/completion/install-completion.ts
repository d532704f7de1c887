import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Surroundings } from '../surroundings.ts';
import { COMPLETION_SCRIPTS, type Shell } from './completion-scripts.ts';

/** What has to be in which file, so that a shell completes. */
export interface CompletionPlan {
  shell: Shell;
  path: string;
  /** What the file gets: the whole of one that is ours alone, lines at the end of one that is not. */
  text: string;
  isWholeFile: boolean;
  isThere: boolean;
  undo: string;
}

const MARK = '# cloudtask completion';

export async function planCompletion(
  shell: Shell,
  surroundings: Pick<Surroundings, 'env' | 'home'>,
): Promise<CompletionPlan> {
  const path = pathOf(shell, surroundings);
  const present = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const isWholeFile = shell === 'fish';
  const text = isWholeFile ? `${COMPLETION_SCRIPTS.fish}\n` : LINES[shell];
  return {
    shell,
    path,
    text,
    isWholeFile,
    isThere: present.includes(isWholeFile ? text : MARK),
    undo: isWholeFile ? `remove ${path}` : `remove the line with "${MARK}" from ${path}`,
  };
}

/** The script is asked for at each start of the shell: it is always the one of the command that is there. */
const LINES: Record<Exclude<Shell, 'fish'>, string> = {
  bash: `command -v cloudtask >/dev/null && source <(cloudtask completion bash)  ${MARK}\n`,
  zsh: `command -v cloudtask >/dev/null && source <(cloudtask completion zsh)  ${MARK}\n`,
  powershell: `if (Get-Command cloudtask -ErrorAction Ignore) { cloudtask completion powershell | Out-String | Invoke-Expression }  ${MARK}\n`,
};

function pathOf(shell: Shell, { env, home }: Pick<Surroundings, 'env' | 'home'>): string {
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  if (shell === 'bash') return join(home, '.bashrc');
  if (shell === 'zsh') return join(env['ZDOTDIR'] || home, '.zshrc');
  if (shell === 'fish') return join(config, 'fish', 'completions', 'cloudtask.fish');
  const folder = process.platform === 'win32' ? join(home, 'Documents', 'PowerShell') : join(config, 'powershell');
  return join(folder, 'Microsoft.PowerShell_profile.ps1');
}

/** Adds to the file, and leaves all that is in it: a link stays a link, an owner an owner. */
export async function carryOut({ path, text, isWholeFile }: CompletionPlan): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (isWholeFile) return writeFile(path, text);
  const present = await readFile(path, 'utf8').catch(() => '');
  const start = present === '' || present.endsWith('\n') ? '' : '\n';
  await writeFile(path, `${start}${text}`, { flag: 'a' });
}
