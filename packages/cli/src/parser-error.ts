import { type CliError, usageError } from './cli-error.ts';
import { closest } from './closest.ts';

/** What the framework throws for words that it cannot place. It carries the whole command line: no part of it is shown. */
interface ParserError extends Error {
  parse: unknown;
  /** Of a flag that does not exist. */
  flags?: string[];
  /** Required arguments that are missing, or words too many. */
  args?: (string | { name: string })[];
}

export function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && 'parse' in error && 'oclif' in error;
}

export function toUsageError(error: ParserError, knownFlags: readonly string[]): CliError {
  if (error.flags?.[0] !== undefined) return unknownFlag(error.flags[0], knownFlags);
  const [first] = error.args ?? [];
  if (typeof first === 'object') return usageError(`${first.name} is missing`, { tryThis: 'cloudtask help <command>' });
  // Words too many may be a password: they are counted, not shown.
  if (first !== undefined)
    return usageError(`${error.args?.length} word(s) too many`, { tryThis: 'cloudtask help <command>' });
  return usageError(firstLine(error.message), { tryThis: 'cloudtask help <command>' });
}

function unknownFlag(given: string, knownFlags: readonly string[]): CliError {
  const flag = given.split('=', 1)[0] ?? '';
  const meant = closest(flag.replace(/^-+/, ''), knownFlags);
  return usageError(`there is no flag ${flag} here`, {
    ...(meant === undefined ? {} : { why: `Did you mean --${meant}?` }),
    tryThis: 'cloudtask help <command>',
  });
}

function firstLine(message: string): string {
  return (
    message.split('\n').find((line) => line.trim() !== '' && !line.startsWith('The following error')) ?? ''
  ).trim();
}
