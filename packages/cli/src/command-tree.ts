import type { Command, Config } from '@oclif/core';
import type { Effect } from './effect.ts';

export interface CommandInfo {
  /** As it is typed: `jobs list`. */
  command: string;
  /** On the server, at the worst. */
  effect: Effect;
  summary: string;
  description: string | null;
  aliases: string[];
  usage: string | null;
  examples: string[];
  args: { name: string; description: string; isRequired: boolean }[];
  flags: FlagInfo[];
}

interface FlagInfo {
  name: string;
  char: string | null;
  description: string;
  takesValue: boolean;
  options: string[];
  isGlobal: boolean;
}

/** All commands that people may use, by name. */
export function commandTree(config: Config): CommandInfo[] {
  // `help` is about the others: it has no answer in other forms than its text, and no global flags.
  const own = config.commands.filter(({ hidden, id, aliases }) => !hidden && !aliases.includes(id) && id !== 'help');
  return own.map((command) => toInfo(config, command)).sort((a, b) => (a.command < b.command ? -1 : 1));
}

function toInfo(config: Config, command: Command.Loadable): CommandInfo {
  const { id, summary, description, aliases, usage, examples, args, flags } = command;
  return {
    command: spaced(id),
    effect: command.effect as Effect,
    summary: summary ?? '',
    description: description ?? null,
    aliases: aliases.map(spaced),
    usage: usage === undefined ? null : [usage].flat().join('\n'),
    examples: (examples ?? []).map((each) => exampleText(config, each)),
    args: Object.values(args)
      .filter(({ hidden }) => !hidden)
      .map(({ name, description = '', required = false }) => ({ name, description, isRequired: required })),
    flags: Object.values(flags)
      .filter(({ hidden }) => !hidden)
      .flatMap(toFlags),
  };
}

function toFlags(flag: Command.Flag.Cached): FlagInfo[] {
  const info: FlagInfo = {
    name: flag.name,
    char: flag.char ?? null,
    description: flag.summary ?? flag.description ?? '',
    takesValue: flag.type === 'option',
    options: flag.type === 'option' ? [...(flag.options ?? [])] : [],
    isGlobal: flag.helpGroup === 'GLOBAL',
  };
  return flag.type === 'boolean' && flag.allowNo ? [info, { ...info, name: `no-${flag.name}`, char: null }] : [info];
}

function spaced(id: string): string {
  return id.replaceAll(':', ' ');
}

function exampleText({ bin }: Config, example: Command.Example): string {
  const text = typeof example === 'string' ? example : example.command;
  return text.replaceAll('<%= config.bin %>', bin);
}
