import type { CommandInfo } from '../command-tree.ts';
import { SHELLS } from './completion-scripts.ts';

/** What the words so far leave open; the last one is being typed. */
export interface CompletionNeed {
  /** Words that are known without asking anybody. */
  words: string[];
  /** Names that only the server or the settings know. */
  names?: 'types' | 'profiles' | 'queues' | 'schedules' | 'workers' | 'causes' | 'discarded';
  /** Fields of this type, of whose schema the server knows. */
  fieldsOf?: string;
}

const STATUSES = 'scheduled pending running retrying completed failed cancelled expired'.split(' ');
/** Commands of a type and fields for it. */
const TAKES_FIELDS = ['submit', 'run'];
/** Commands of any number of causes. */
const TAKES_SEVERAL = ['failures discard', 'failures restore'];
const NAMES_OF_FLAG: Record<string, CompletionNeed['names']> = {
  type: 'types',
  profile: 'profiles',
  queue: 'queues',
  cause: 'causes',
};
const NAMES_OF_ARG: Record<string, CompletionNeed['names']> = {
  type: 'types',
  profile: 'profiles',
  name: 'queues',
  schedule: 'schedules',
  cause: 'causes',
  worker: 'workers',
};

export function completionNeed(commands: readonly CommandInfo[], words: readonly string[]): CompletionNeed {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const plain = before.filter((word) => !word.startsWith('-'));
  const command = commandOf(commands, plain);
  if (!command) return { words: startingWith(typed, nextWords(commands, plain)) };
  const flag = openFlag(command, before.at(-1) ?? '');
  if (flag) return valuesOf(flag, typed);
  if (typed.startsWith('-'))
    return {
      words: startingWith(
        typed,
        command.flags.map(({ name }) => `--${name}`),
      ),
    };
  const [arg] = command.args;
  const at = plain.length - command.command.split(' ').length;
  if (TAKES_FIELDS.includes(command.command) && at >= 1) return { words: [], fieldsOf: plain[plain.length - at] ?? '' };
  if (arg === undefined || (at > 0 && !TAKES_SEVERAL.includes(command.command))) return { words: [] };
  if (command.command === 'failures restore') return { words: [], names: 'discarded' };
  if (arg.name === 'ref') return { words: startingWith(typed, ['@last']) };
  if (arg.name === 'shell') return { words: startingWith(typed, SHELLS) };
  const names = arg.name === 'name' && !command.command.startsWith('queues') ? undefined : NAMES_OF_ARG[arg.name];
  return names === undefined ? { words: [] } : { words: [], names };
}

export function startingWith(typed: string, words: readonly string[]): string[] {
  return [...new Set(words)].filter((word) => word.startsWith(typed)).sort();
}

function commandOf(commands: readonly CommandInfo[], plain: readonly string[]): CommandInfo | undefined {
  const named = [2, 1].map((length) => plain.slice(0, length).join(' '));
  return named
    .map((name) => commands.find(({ command, aliases }) => command === name || aliases.includes(name)))
    .find((each) => each !== undefined);
}

function nextWords(commands: readonly CommandInfo[], plain: readonly string[]): string[] {
  const start = plain.map((word) => `${word} `).join('');
  return commands
    .map(({ command }) => command)
    .filter((command) => command.startsWith(start))
    .map((command) => command.slice(start.length).split(' ')[0] ?? '');
}

function openFlag(command: CommandInfo, word: string): CommandInfo['flags'][number] | undefined {
  return command.flags.find(
    ({ name, char, takesValue }) => takesValue && (word === `--${name}` || word === `-${char}`),
  );
}

function valuesOf({ name, options }: CommandInfo['flags'][number], typed: string): CompletionNeed {
  if (options.length > 0) return { words: startingWith(typed, options) };
  if (name === 'status') {
    // After a comma the next one begins.
    const at = typed.lastIndexOf(',') + 1;
    return { words: startingWith(typed.slice(at), STATUSES).map((status) => typed.slice(0, at) + status) };
  }
  const names = NAMES_OF_FLAG[name];
  return names === undefined ? { words: [] } : { words: [], names };
}
