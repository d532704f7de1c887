import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { CommandInfo } from '../src/command-tree.ts';
import { OUTPUT_MODES, type OutputMode } from '../src/output/presentation.ts';
import { callOf, ENDLESS, ENDS_WORKERS } from './support/command-calls.ts';
import { startPlatform } from './support/platform.ts';

// Made from the list of commands: one that is added has to say here how it is called.
let platform: Awaited<ReturnType<typeof startPlatform>>;
let commands: CommandInfo[];
const known = { url: '', done: '', failed: '', cause: '', worker: '' };

beforeAll(async () => {
  platform = await startPlatform();
  known.url = platform.url;
  commands = JSON.parse((await platform.run(['commands', '--json'])).stdout) as CommandInfo[];
  const submit = async (...fields: string[]) =>
    (await platform.run(['submit', 'test.echo', ...fields, '--wait', '-q'])).stdout.trim();
  known.done = await submit('give=x');
  known.failed = await submit('fail=x');
  known.cause = (await platform.run(['failures', 'list', '-o', 'id'])).stdout.trim();
  known.worker = (await platform.run(['workers', 'list', '-o', 'id'])).stdout.trim();
  await platform.run(['schedules', 'create', 'nightly', '-t', 'test.echo', '--every', '1d']);
});
afterAll(() => platform.close());

// Passwords are slow on purpose: these show themselves like every other command, and are tried in one form.
const slow = ['login', 'register'];
const listed = (mode: OutputMode) =>
  commands
    .map(({ command }) => command)
    .filter(
      (command) => ![...ENDLESS, ...ENDS_WORKERS].includes(command) && (mode === 'json' || !slow.includes(command)),
    );

const LINE = /^[!-~]+$/;
const linesOf = (text: string) => text.split('\n').slice(0, -1);

const STREAMS = ['watch', 'jobs export', 'failures export'];

/** That the text is an answer in this form, and holds nothing else. */
const IS_ANSWER: Record<OutputMode, (text: string, command: string) => unknown> = {
  json: (text, command) =>
    STREAMS.includes(command) ? linesOf(text).map((line) => JSON.parse(line) as unknown) : JSON.parse(text),
  jsonl: (text) => linesOf(text).map((line) => JSON.parse(line) as unknown),
  yaml: (text, command) =>
    STREAMS.includes(command) ? parseAllDocuments(text).map((each) => each.toJS() as unknown) : parse(text),
  id: (text, command) => FREE_FORM.has(command) || linesOf(text).every((line) => LINE.test(line) || fail(line)),
  none: (text) => expect(text).toBe(''),
  tsv: (text) => expect([...text].filter((char) => '\u001b✓✗'.includes(char))).toEqual([]),
  human: (text) => expect(text).not.toContain('\u001b'),
  wide: (text) => expect(text).not.toContain('\u001b'),
};
// Their answer is a text whatever the form.
const FREE_FORM = new Set(['completion', 'commands', 'jobs export', 'failures export', 'api']);

function fail(line: string): never {
  throw new Error(`not an id: ${line}`);
}

// `wide` is `human` with more columns.
describe.each(OUTPUT_MODES.filter((mode) => mode !== 'wide'))('with -o %s', (mode) => {
  test('every command ends by itself, and its stdout is the answer and nothing else', { timeout: 60_000 }, async () => {
    const wrong: string[] = [];
    for (const command of listed(mode)) {
      const { args, input = '' } = callOf(command, mode, known);
      const ran = await platform.run([...args, '-o', mode], { input });
      const isDone = [0, 3, 8].includes(ran.code ?? -1);
      try {
        if (ran.ms > 2_000) throw new Error(`took ${Math.round(ran.ms)} ms`);
        if (!isDone) throw new Error(`exit ${ran.code}: ${ran.stderr}`);
        if (ran.stdout !== '' || !SILENT.has(command)) IS_ANSWER[mode](ran.stdout, command);
      } catch (error) {
        wrong.push(`${args.join(' ')}: ${(error as Error).message}\n${ran.stdout.slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
// Nothing to tell, or nothing there to tell of.
const SILENT = new Set(['jobs export', 'failures export', 'verify', 'handlers check', 'handlers run', 'plugins list']);

test('without arguments every command ends at once, and says what is missing', { timeout: 60_000 }, async () => {
  const wrong: string[] = [];
  for (const { command, args } of commands) {
    if (ENDLESS.includes(command) || !args.some(({ isRequired }) => isRequired)) continue;
    const ran = await platform.run(command.split(' '), { input: 'open' });
    const isFine =
      ran.code === 2 && ran.stdout === '' && ran.ms < 2_000 && ran.stderr.includes(`cloudtask help ${command}`);
    if (!isFine) wrong.push(`${command}: exit ${ran.code} after ${ran.ms} ms\n${ran.stdout}${ran.stderr}`);
  }
  expect(wrong).toEqual([]);
});

test('the documentation names every command, and none that there is not', async () => {
  const page = await readFile(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)), 'utf8');
  const rows = page.slice(page.indexOf('## Commands'), page.indexOf('## For scripts')).match(/^\|.*$/gm) ?? [];
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(named.filter((name) => name !== 'help').sort()).toEqual(commands.map(({ command }) => command).sort());
});

test('every command has an example, and its help begins with it', { timeout: 60_000 }, async () => {
  const wrong: string[] = [];
  for (const { command, examples, summary, flags } of commands) {
    const { stdout, code } = await platform.run([...command.split(' '), '--help']);
    const sections = stdout.match(/^[A-Z][A-Z ]+$/gm) ?? [];
    const shown = stdout.slice(stdout.indexOf('EXAMPLES'), stdout.indexOf('USAGE')).split('\n').slice(1);
    const isTyped = shown.every((line) => line === '' || line.startsWith('  $ '));
    const hasText = flags.every(({ description }) => description !== '');
    if (code !== 0 || sections[0] !== 'EXAMPLES' || examples.length === 0 || summary === '' || !hasText || !isTyped)
      wrong.push(command);
    const isWide = stdout.split('\n').some((line) => line.length > 80 && !/\$|\|/.test(line));
    if (isWide) wrong.push(`${command} is wider than 80 columns`);
  }
  expect(wrong).toEqual([]);
});

test('an unknown flag beside a secret shows neither, whatever the command', { timeout: 60_000 }, async () => {
  const wrong: string[] = [];
  for (const { command } of commands) {
    const { args } = callOf(command, 'secret', known);
    const ran = await platform.run([...args, '--json', '--tokn=hunter2-s3cr3t'], { input: 'open' });
    const isFine = ran.code === 2 && ran.stdout === '' && !ran.stderr.includes('hunter2');
    if (!isFine || ran.stderr.split('\n').length !== 2) wrong.push(`${command}: ${ran.code} ${ran.stderr}`);
  }
  expect(wrong).toEqual([]);
});
