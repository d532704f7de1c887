import { existsSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import type { Surroundings } from './surroundings.ts';
import { shellWord } from './views/shell-word.ts';

/** What a call said about the server that it means. */
export interface Addressed {
  url?: string | undefined;
  profile?: string | undefined;
}

/**
 * Command lines of ours within a text, as they have to be typed here: after `npx` there may be no `cloudtask` to call, and
 * what is typed after a call with `--profile` or `--url` means the same server.
 */
export function asTyped(
  text: string,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
  addressed: Addressed = {},
): string {
  if (!COMMAND.test(text)) return text;
  const prefix = prefixFor(surroundings);
  const server = serverWords(addressed);
  return text.replaceAll(COMMANDS, (_command, rest: string) => prefix + (namesServer(rest) ? '' : server));
}

/** The command in front of its words; not a path, a package or a file of that name. */
const COMMAND = /(?<![\w@/.-])cloudtask(?= [a-z-])/;
const COMMANDS = new RegExp(`${COMMAND.source}(?=(.*))`, 'g');

function serverWords({ url, profile }: Addressed): string {
  // An address may hold a password, and more behind the path.
  if (url !== undefined) return /[@?#]/.test(url) ? '' : ` --url ${shellWord(url)}`;
  return profile === undefined ? '' : ` -p ${shellWord(profile)}`;
}

/** Whether the words after a command say their server already, or need none. */
function namesServer(rest: string): boolean {
  return / (--url|-p|--profile)\b/.test(rest) || LOCAL.test(rest);
}

const LOCAL = /^ (help|docs|dev|init|version|commands|completion|config|profile|plugins|handlers new)\b/;

function prefixFor({ env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): string {
  const isNpx = env['npm_command'] === 'exec' || env['npm_lifecycle_event'] === 'npx';
  if (!isNpx || isOnPath(env['PATH'])) return 'cloudtask';
  // Without the package in the project, npx would look for one that is named like the command.
  return isInProject(cwd) ? 'npx cloudtask' : 'npx @cloudtask/cli';
}

const NAMES = ['cloudtask', 'cloudtask.cmd'];
const BIN = join('node_modules', '.bin');

/** What npx puts in front of the path for its own call is gone afterwards. */
function isOnPath(path = ''): boolean {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !folder.endsWith(`${sep}${BIN}`));
  return folders.some(hasCommand);
}

function isInProject(cwd: string): boolean {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (hasCommand(join(folder, BIN))) return true;
    if (folder === dirname(folder)) return false;
  }
}

function hasCommand(folder: string): boolean {
  return NAMES.some((name) => existsSync(join(folder, name)));
}
