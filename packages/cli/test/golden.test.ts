import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandInfo } from '../src/command-tree.ts';
import { HELP_TOPICS } from '../src/help-topics.ts';
import { visibleWidth } from '../src/views/visible-width.ts';
import { JOB_ID, startGoldenServer } from './support/golden-server.ts';
import { startOneProcess } from './support/one-process.ts';

// What people see, line by line. A change that is meant: CLOUDTASK_UPDATE_GOLDEN=1 npx vitest run golden, then read the diff.
const isUpdate = process.env['CLOUDTASK_UPDATE_GOLDEN'] === '1';
const GOLDEN = fileURLToPath(new URL('./golden', import.meta.url));
const PROJECT = fileURLToPath(new URL('./fixtures/project', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const FIXED_TIME = fileURLToPath(new URL('./support/fixed-time.cjs', import.meta.url));
const WIDTHS = [80, 120] as const;
type Width = (typeof WIDTHS)[number];
const FIRST_JOB = '0199d0f4-0000-7000-8000-000000000001';

/** Listings and details, each as it is called. */
const LOOKS: Record<string, string> = {
  doctor: '',
  explain: FIRST_JOB,
  'failures list': '',
  'failures show': 'c9f1a2',
  'handlers check': '',
  'handlers list': '--offline',
  'jobs list': '',
  'jobs show': JOB_ID,
  logs: JOB_ID,
  'plugins list': '',
  'profile list': '',
  'profile show': 'prod',
  'queues list': '',
  'queues show': 'mail',
  'schedules list': '',
  'schedules preview': '@daily --tz Europe/Berlin',
  'schedules show': 'nightly-report',
  status: '',
  'tokens list': '',
  'types check': '',
  'types list': '',
  'types show': 'email',
  verify: '',
  'workers list': '',
  'workers show': 'web-2',
};
/** Their answers are paths of this machine, or the catalogue of what is in `help`. */
const NOT_LOOKED_AT = ['commands', 'config list'];

const PLUGINS = { CLOUDTASK_PLUGINS: './audit.ts' };

type Process = Awaited<ReturnType<typeof startOneProcess>>;
let server: Awaited<ReturnType<typeof startGoldenServer>>;
const processes = new Map<Width, Process>();
let commands: CommandInfo[];

beforeAll(async () => {
  server = await startGoldenServer();
  for (const width of WIDTHS) {
    const columns = String(width);
    // The framework measures the terminal when it is loaded.
    const env = { CLOUDTASK_TEST_COLUMNS: columns, OCLIF_COLUMNS: columns, TZ: 'UTC' };
    const one = await startOneProcess({ preload: FIXED_TIME, env });
    processes.set(width, one);
    await cp(PROJECT, one.folder, { recursive: true });
    await symlink(MODULES, join(one.folder, 'node_modules'));
    await one.run(['profile', 'add', 'prod', '--url', 'https://jobs.example.com']);
    await one.run(['profile', 'add', 'staging', '--url', 'https://staging.example.com']);
  }
  commands = JSON.parse((await at(80).run(['commands', '--json'])).stdout) as CommandInfo[];
});
afterAll(async () => {
  for (const each of processes.values()) await each.close();
  await server.close();
});

function at(width: Width): Process {
  const found = processes.get(width);
  if (!found) throw new Error(`no process at ${width} columns`);
  return found;
}

async function shown(line: string, width: Width, env: Record<string, string> = {}, flags: string[] = []) {
  const words = line.split(' ').filter((word) => word !== '');
  const base = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't', ...(words[0] === 'plugins' && PLUGINS) };
  const ran = await at(width).run([...words, ...flags], { env: { ...base, ...env } });
  return normalised(ran.stdout);
}

/** What is different each time: the port, and how long something took. Escapes are made visible. */
function normalised(text: string): string {
  return text
    .replaceAll(server.url, 'http://127.0.0.1:8080')
    .replace(/\b\d+ ?ms\b/g, '<n>ms')
    .replace(/Node\.js \d+\.\d+\.\d+/g, 'Node.js <version>')
    .replaceAll('\u001b', '␛');
}

async function sameAsGolden(name: string, text: string): Promise<void> {
  const path = join(GOLDEN, `${name}.txt`);
  if (isUpdate) {
    await mkdir(GOLDEN, { recursive: true });
    await writeFile(path, text);
  }
  const golden = await readFile(path, 'utf8').catch(() => undefined);
  expect(golden, `${path} is missing: CLOUDTASK_UPDATE_GOLDEN=1 npx vitest run golden`).toBeDefined();
  expect(text).toBe(golden);
}

/** Lines that a terminal would break inside of a word; what is copied, and a word that is too long itself, stay whole. */
function tooWide(text: string, width: number): string[] {
  return text.split('\n').filter((line) => {
    const isOneWord = !line.trim().includes(' ');
    return visibleWidth(line) > width && !isOneWord && !/^\s*(\$ |Try:|curl )/.test(line);
  });
}

const fileOf = (command: string) => command.replaceAll(' ', '-');

test.each(Object.entries(LOOKS))('%s looks as it did', async (command, rest) => {
  const line = `${command} ${rest}`;
  const human = ['-o', 'human'];
  const [narrow, broad] = [await shown(line, 80, {}, human), await shown(line, 120, {}, human)];
  const coloured = await shown(line, 80, {}, [...human, '--color', 'always']);
  const parts = [`=== 80 columns`, narrow, `=== 120 columns`, broad, `=== 80 columns, in colour`, coloured];
  await sameAsGolden(fileOf(command), parts.map((part) => (part.endsWith('\n') ? part : `${part}\n`)).join(''));
  expect(narrow).not.toBe('');
  // Colour is never the only thing that says something, and NO_COLOR takes it away whoever asks for it.
  expect(coloured.replace(/␛\[\d+m/g, '')).toBe(narrow);
  expect(await shown(line, 80, { NO_COLOR: '1', FORCE_COLOR: '1' }, human)).toBe(narrow);
  expect([...tooWide(narrow, 80), ...tooWide(broad, 120)]).toEqual([]);
});

test.each(WIDTHS)('the help of every command looks as it did at %i columns', { timeout: 60_000 }, async (width) => {
  const topics = Object.keys(HELP_TOPICS);
  const pages: string[] = [];
  for (const name of ['', ...topics, ...commands.map(({ command }) => command)])
    pages.push(`=== cloudtask help ${name}`.trimEnd(), await shown(`help ${name}`, width));
  expect(tooWide(pages.join('\n'), width)).toEqual([]);
  await sameAsGolden(`help-${width}`, `${pages.join('\n').trimEnd()}\n`);
});

test('every listing and detail is looked at, and no file is left of one that is gone', async () => {
  const looking = commands.map(({ command }) => command).filter((command) => /(^| )(list|show|check)$/.test(command));
  expect(looking.filter((command) => !(command in LOOKS) && !NOT_LOOKED_AT.includes(command))).toEqual([]);
  const files = (await readdir(GOLDEN)).sort();
  expect(files).toEqual(
    [...Object.keys(LOOKS).map(fileOf), ...WIDTHS.map((width) => `help-${width}`)].map((name) => `${name}.txt`).sort(),
  );
});
