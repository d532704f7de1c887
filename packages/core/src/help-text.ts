import type { Setting } from './config.ts';
import type { CommandDescription, Program } from './program.ts';

/** What `--help` prints: every setting with its flag, its variable and its default. */
export function helpText(program: Program, columns = 80): string {
  const width = Math.max(60, Math.min(columns, 110));
  const { name, describe, settings, commands = {} } = program;
  return [
    `Usage: ${name} [command] [settings]\n`,
    `${wrap(describe, width).join('\n')}\n`,
    `Commands:\n${itemList([...COMMANDS, ...Object.entries(commands).map(commandItem)], width)}`,
    `Settings (a flag wins over its variable, the variable over the default):\n${itemList(Object.values(settings).map(settingItem), width)}`,
    `Options:\n${itemList(OPTIONS, width)}`,
  ].join('\n');
}

interface Item {
  term: string;
  about: string[];
}

const COMMANDS: Item[] = [
  { term: 'start', about: ['Run until SIGTERM or Ctrl-C; also what happens without a command'] },
  { term: 'check-config', about: ['Show every setting and where it comes from, and end (with 2 if one is wrong)'] },
];

const OPTIONS: Item[] = [
  {
    term: '--settings-file <path>',
    about: ['Read variables that are not set from this file; by default .env, if it exists'],
  },
  { term: '-V, --version', about: ['Print the version'] },
  { term: '-h, --help', about: ['Print this'] },
];

function commandItem([name, command]: [string, CommandDescription]): Item {
  return { term: `${name} ${command.arguments ?? ''}`.trim(), about: [command.describe] };
}

function settingItem(setting: Setting<unknown>): Item {
  const { describe, parse } = setting;
  const choices = parse.placeholder === 'choice' ? ` One of ${parse.allowed}.` : '';
  return { term: termOf(setting), about: [describe + choices, factsOf(setting)] };
}

function termOf({ flag, parse, env }: Setting<unknown>): string {
  if (flag === undefined) return env;
  return parse.isSwitch ? `--[no-]${flag}` : `--${flag} <${parse.placeholder ?? 'value'}>`;
}

function factsOf(setting: Setting<unknown>): string {
  const { env, flag, secret } = setting;
  const names = [flag !== undefined && env, secret && `${env}_FILE`].filter(Boolean).join(' or ');
  return [names, unbroken(defaultOf(setting))].filter(Boolean).join(' · ');
}

function defaultOf({ default: value, optional }: Setting<unknown>): string {
  if (value === undefined) return optional ? 'not set' : 'must be set';
  return `default ${value === '' ? 'empty' : value}`;
}

function unbroken(words: string): string {
  return words.replaceAll(' ', '\u00a0');
}

/** Terms in one column, what they mean in the other; a term that is too long for its column gets a line of its own. */
function itemList(items: readonly Item[], width: number): string {
  const column = Math.min(MAX_COLUMN, Math.max(...items.map(({ term }) => term.length))) + 4;
  return items.map((item) => itemText(item, column, width)).join('');
}

function itemText({ term, about }: Item, column: number, width: number): string {
  const lines = about.flatMap((each) => wrap(each, width - column));
  const isLong = term.length > column - 4;
  const [first = '', ...rest] = isLong ? ['', ...lines] : lines;
  return [`  ${term}`.padEnd(column) + first, ...rest.map((line) => ' '.repeat(column) + line)]
    .map((line) => `${line.replaceAll('\u00a0', ' ').trimEnd()}\n`)
    .join('');
}

const MAX_COLUMN = 26;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
