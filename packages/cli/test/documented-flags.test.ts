import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { CommandInfo } from '../src/command-tree.ts';
import { documentedCalls } from './support/documented-calls.ts';
import { startOneProcess } from './support/one-process.ts';

let commands: CommandInfo[];
beforeAll(async () => {
  const cli = await startOneProcess();
  commands = JSON.parse((await cli.run(['commands', '--json'])).stdout) as CommandInfo[];
  await cli.close();
});

test('every flag that a page gives a command is one of its flags', async () => {
  const wrong: string[] = [];
  let tried = 0;
  for (const { place, words } of await documentedCalls()) {
    const command = commandOf(words);
    const known = command?.flags.flatMap(({ name, char }) => [`--${name}`, `-${char}`]);
    for (const flag of command ? flagsOf(words) : []) {
      tried += 1;
      if (!known?.includes(flag)) wrong.push(`${flag} in ${place}`);
    }
  }
  expect(wrong).toEqual([]);
  // That lines are found at all.
  expect(tried).toBeGreaterThan(50);
});

test('every flag in a row of the table of commands is one of the commands of that row, or of the one it stands behind', async () => {
  const page = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('## Commands'), page.indexOf('## Finding jobs'));
  const wrong: string[] = [];
  for (const row of table.split('\n').filter((line) => line.startsWith('| `'))) {
    const [first = '', ...rest] = row.split(/(?<!\\)\|/).slice(1);
    const named = codeIn(first).flatMap((name) => commandOf(name.split(' ')) ?? []);
    for (const code of codeIn(rest.join('|'))) {
      const words = code.split(' ');
      const known = [...named, ...[commandOf(words) ?? []].flat()].flatMap(({ flags }) =>
        flags.map(({ name }) => `--${name}`),
      );
      const flags = words.filter((word) => word.startsWith('--'));
      wrong.push(...flags.filter((flag) => !known.includes(flag)).map((flag) => `${flag} in ${row.slice(0, 60)}`));
    }
  }
  expect(wrong).toEqual([]);
});

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** The one with the longest name that begins so; undefined for a topic, and for a word that stands for any command. */
function commandOf(words: readonly string[]): CommandInfo | undefined {
  const line = `${words.join(' ')} `;
  const named = commands.flatMap((command) => [command.command, ...command.aliases].map((name) => ({ name, command })));
  const [longest] = named
    .filter(({ name }) => line.startsWith(`${name} `))
    .sort((one, other) => other.name.length - one.name.length);
  return longest?.command;
}

function flagsOf(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  const flags = own.flatMap((word) => /^--?[A-Za-z][\w-]*/.exec(word) ?? []);
  return flags.filter((flag) => flag !== '--help' && flag !== '-h');
}
