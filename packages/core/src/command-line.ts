import { Command, CommanderError } from 'commander';
import type { Settings } from './config.ts';
import { helpText } from './help-text.ts';
import type { Program } from './program.ts';

export type Invocation =
  | { kind: 'start'; flags: Flags; envFile: string | undefined }
  | { kind: 'check-config'; flags: Flags; envFile: string | undefined }
  | { kind: 'command'; name: string; arguments: string[]; flags: Flags; envFile: string | undefined }
  /** Help or version were shown, or the call was wrong and that was said. */
  | { kind: 'end'; exitCode: number };

/** Values by the name of the flag. */
export type Flags = Record<string, string | undefined>;

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  columns?: number;
}

/** Reads the arguments of a service. Flags may stand before or after a command; `start` is what happens without one. */
export function parseCommandLine(program: Program, argv: readonly string[], terminal: Terminal): Invocation {
  let invocation: Invocation | undefined;
  const root = new Command(program.name);
  const common = () => ({
    flags: flagsOf(program.settings, root.opts()),
    envFile: root.opts().settingsFile as string | undefined,
  });
  configure(root, program, terminal);
  root.action(() => {
    invocation = { kind: 'start', ...common() };
  });
  root.command('start').action(() => {
    invocation = { kind: 'start', ...common() };
  });
  root.command('check-config').action(() => {
    invocation = { kind: 'check-config', ...common() };
  });
  for (const [name, command] of Object.entries(program.commands ?? {})) {
    root.command(`${name} ${command.arguments ?? ''}`.trim()).action((...given: unknown[]) => {
      const values = given
        .slice(0, -2)
        .flat()
        .filter((each) => typeof each === 'string');
      invocation = { kind: 'command', name, arguments: values, ...common() };
    });
  }
  try {
    root.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { kind: 'end', exitCode: error.exitCode === 0 ? 0 : USAGE };
    throw error;
  }
  return invocation ?? { kind: 'end', exitCode: USAGE };
}

/** The exit code for a wrong call or wrong settings. */
export const USAGE = 2;

function configure(root: Command, program: Program, terminal: Terminal): void {
  root
    .version(program.version, '-V, --version')
    .exitOverride()
    .allowExcessArguments(false)
    .helpCommand(false)
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (message, write) => write(usageError(program.name, message)),
    })
    .configureHelp({ formatHelp: () => helpText(program, terminal.columns) })
    // Not `--env-file`: Node takes that for itself, wherever it stands.
    .option('--settings-file <path>');
  for (const { flag, parse } of Object.values(program.settings)) {
    if (flag === undefined) continue;
    if (parse.isSwitch) root.option(`--${flag}`).option(`--no-${flag}`);
    else root.option(`--${flag} <value>`);
  }
}

/** `error: unknown option '--x'\n(Did you mean --y?)` in the words of the other messages. */
function usageError(name: string, message: string): string {
  const [first = '', ...more] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const hints = more.map((line) => `  ${line.replace(/^\((.*)\)$/, '$1')}\n`).join('');
  return `✗ ${name}: ${first}\n${hints}  Try:   ${name} --help\n`;
}

function flagsOf(settings: Settings, options: Record<string, unknown>): Flags {
  const flags: Flags = {};
  for (const { flag } of Object.values(settings)) {
    if (flag === undefined) continue;
    const value = options[camelCase(flag)];
    // Switches come as booleans.
    if (value !== undefined) flags[flag] = String(value);
  }
  return flags;
}

/** As commander names the option. */
function camelCase(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
