import { stripVTControlCharacters } from 'node:util';
import { closest } from '../closest.ts';
import { CliError, usageError } from './cli-error.ts';

/** What the framework throws for words that it cannot place. It carries the whole command line: no part of it is shown. */
interface ParserError extends Error {
  parse: unknown;
  /** Of a flag that does not exist. */
  flags?: string[];
  /** Required arguments that are missing, or words too many. */
  args?: (string | { name: string })[];
}

export function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && 'oclif' in error;
}

/** What was called, as far as it is known: for the hint, and for "did you mean". */
export interface Called {
  command: string;
  flags: readonly string[];
  /** `failures show CAUSE`. */
  usage: string;
}

export function toUsageError(error: ParserError, { command, flags, usage }: Called): CliError {
  const tryThis = `cloudtask help ${command}`;
  if (error.flags?.[0] !== undefined) return unknownFlag(error.flags[0], flags, tryThis);
  const [first] = error.args ?? [];
  if (typeof first === 'object')
    return usageError(`${first.name} is missing`, { why: `It is called so: cloudtask ${usage}`, tryThis });
  // Words too many may be a password: they are counted, not shown.
  if (first !== undefined) return usageError(`${error.args?.length} word(s) too many`, { tryThis });
  const said = sentence(error.message);
  if (error instanceof CliError) return ownRefusal(said, error, tryThis);
  return unknownValue(said, tryThis) ?? usageError(said, { tryThis });
}

/** A flag of ours refused its value: the framework changes the message and nothing else. */
function ownRefusal(said: string, { why, tryThis }: CliError, help: string): CliError {
  return usageError(said, { ...(why !== undefined && { why }), tryThis: tryThis ?? help });
}

const NOT_A_CHOICE = /^Expected (?:--([\w-]+)=)?(.*) to be one of: (.+)$/s;

/** Names the value that was meant. */
function unknownValue(said: string, tryThis: string): CliError | undefined {
  const [, flag, given = '', list] = NOT_A_CHOICE.exec(said) ?? [];
  if (list === undefined) return undefined;
  const meant = closest(given, list.split(', '));
  return usageError(`${flag === undefined ? 'it' : `--${flag}`} cannot be ${given.slice(0, 40)}`, {
    why: meant === undefined ? `It is one of ${list}.` : `Did you mean ${meant}?`,
    tryThis,
  });
}

function unknownFlag(given: string, known: readonly string[], tryThis: string): CliError {
  const flag = given.split('=', 1)[0] ?? '';
  if (['--yes', '-y', '--force'].includes(flag) && known.includes('confirm') && !known.includes('yes')) {
    const why = 'Where a yes is needed it is said by name: --confirm NAME';
    return usageError(`there is no flag ${flag} here`, { why, tryThis });
  }
  const meant = closest(flag.replace(/^-+/, ''), known);
  return usageError(`there is no flag ${flag} here`, {
    ...(meant === undefined ? {} : { why: `Did you mean --${meant}?` }),
    tryThis,
  });
}

/** The framework's message without its heading, its advice and its colours, on one line. */
function sentence(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !/^(The following error|See more help)/.test(line)).join(' ');
  const [, flag = '', rest = said] = /^Parsing (--[\w-]+) (.*)$/s.exec(said) ?? [];
  return flag === '' || rest.includes(flag) ? rest : `${flag}: ${rest}`;
}
