import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { CommandInfo } from '../packages/cli/src/command-tree.ts';

const root = path.join(import.meta.dirname, '..');
const FILE = 'docs/reference/cli.md';

/** A page with every command as `cloudtask help` tells of it, made from what `cloudtask commands --json` prints. */
export async function commandReference(): Promise<{ file: string; text: string }> {
  const commands = await readCommands();
  const [first] = commands;
  const parts = [
    '# The command `cloudtask`',
    'Made from the commands by `npm run generate`; what holds for all of them, and how they go together, is in [cli.md](../cli.md).',
    commands.map(({ command }) => `[${command}](#${command.replaceAll(' ', '-')})`).join(' · '),
    '## Flags of every command',
    flagTable(first?.flags.filter(({ isGlobal }) => isGlobal) ?? []),
    ...commands.flatMap(commandParts),
  ];
  return { file: FILE, text: `${parts.join('\n\n')}\n` };
}

async function readCommands(): Promise<CommandInfo[]> {
  const command = ['--conditions=source', path.join(root, 'packages/cli/bin/run.js'), 'commands', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 16 << 20 });
  return JSON.parse(stdout) as CommandInfo[];
}

function commandParts(info: CommandInfo): string[] {
  const { command, summary, description, aliases, examples, args, flags } = info;
  const own = flags.filter(({ isGlobal }) => !isGlobal);
  return [
    `## ${command}`,
    sentence(summary),
    ...(description === null ? [] : [description]),
    ['```bash', ...examples, '```'].join('\n'),
    `Usage: ${usageLines(info).map(code).join(' or ')}`,
    ...(aliases.length === 0 ? [] : [`Also: ${aliases.map(code).join(', ')}`]),
    ...(args.length === 0 ? [] : [argTable(args)]),
    ...(own.length === 0 ? [] : [flagTable(own)]),
  ];
}

function usageLines({ usage, command, args }: CommandInfo): string[] {
  if (usage !== null) return usage.split('\n').map((line) => `cloudtask ${line}`);
  return [['cloudtask', command, ...args.map(argWord)].join(' ')];
}

function argWord({ name, isRequired }: CommandInfo['args'][number]): string {
  return isRequired ? name.toUpperCase() : `[${name.toUpperCase()}]`;
}

function argTable(args: CommandInfo['args']): string {
  const rows = args.map((arg) => [code(argWord(arg)), arg.description]);
  return table('argument', rows);
}

function flagTable(flags: CommandInfo['flags']): string {
  const names = new Set(flags.map(({ name }) => name));
  const shown = flags.filter(({ name }) => !(name.startsWith('no-') && names.has(name.slice(3))));
  const rows = shown.map(({ name, char, description, takesValue, options }) => {
    const value = options.length > 0 ? ` ${options.join('|')}` : takesValue ? ` ${name.toUpperCase()}` : '';
    const long = names.has(`no-${name}`) ? `--[no-]${name}` : `--${name}`;
    return [code(`${char === null ? '' : `-${char}, `}${long}${value}`), description];
  });
  return table('flag', rows);
}

function table(what: string, rows: string[][]): string {
  const lines = rows.map((cells) => `| ${cells.map((each) => each.replaceAll('|', '\\|')).join(' | ')} |`);
  return [`| ${what} | |`, '|---|---|', ...lines].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function code(text: string): string {
  return `\`${text}\``;
}
