import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandInfo } from '../src/command-tree.ts';
import { NOT_SAID } from '../src/requests/own-requests.ts';
import { callOf, ENDS_WORKERS } from './support/command-calls.ts';
import { startPlatform } from './support/platform.ts';
import { runInShell, runPrograms } from './support/run-programs.ts';

// Made from the list of commands: each prints what is really run here, or refuses with a reason of its own.
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const FORMS = hasCurl ? (['curl', 'ts'] as const) : (['ts'] as const);
const UNSAID = NOT_SAID.unless({ form: 'curl', flags: {}, words: [] }) ?? '';

let platform: Awaited<ReturnType<typeof startPlatform>>;
let commands: string[];
let token: string;
const known = { url: '', done: '', failed: '', cause: '', worker: '' };

beforeAll(async () => {
  platform = await startPlatform();
  const answerOf = async (...args: string[]) => (await platform.run(args)).stdout.trim();
  commands = (JSON.parse(await answerOf('commands', '--json')) as CommandInfo[]).map(({ command }) => command);
  token = await answerOf('auth', 'token');
  known.url = platform.url;
  known.done = await answerOf('submit', 'test.echo', 'give=x', '--wait', '-q');
  known.failed = await answerOf('submit', 'test.echo', 'fail=x', '--wait', '-q');
  known.cause = await answerOf('failures', 'list', '-o', 'id');
  known.worker = await answerOf('workers', 'list', '-o', 'id');
  await platform.run(['schedules', 'create', 'nightly', '-t', 'test.echo', '--every', '1d']);
  for (const form of FORMS) {
    await platform.run(['schedules', 'create', `s-old-${form}`, '-t', 'test.echo', '--every', '1d']);
    await platform.run(['tokens', 'create', `t-old-${form}`, '--scope', 'jobs:read']);
  }
});
afterAll(() => platform.close());

/** What takes something away is called with what is there, what makes something with what is not. */
const modeOf = (command: string, form: string) => (/ (delete|revoke)$/.test(command) ? `old-${form}` : form);

test.each(FORMS)(
  '--%s of every command is printed and runs, or is refused with a reason',
  { timeout: 120_000 },
  async (form) => {
    const wrong: string[] = [];
    const programs: { command: string; text: string }[] = [];
    // Without a worker nothing after it would run.
    const inOrder = commands.filter((command) => !ENDS_WORKERS.includes(command));
    if (form === FORMS.at(-1)) inOrder.push(...ENDS_WORKERS);
    for (const command of inOrder) {
      const { args, input = '' } = callOf(command, modeOf(command, form), known);
      const { code, stdout, stderr } = await platform.run([...args, `--${form}`], { input });
      if (code === 0 && stdout !== '' && stderr === '') programs.push({ command, text: stdout });
      else if (code !== 2 || stdout !== '' || !/cannot be printed as/.test(stderr) || stderr.includes(UNSAID))
        wrong.push(`${command}: exit ${code}\n${stdout}${stderr}`);
    }
    const env = { CLOUDTASK_TOKEN: token };
    // The job that is retried has failed before.
    const ends =
      form === 'ts'
        ? await runPrograms(
            programs.map(({ text }) => text),
            { folder: platform.folder, env },
          )
        : [];
    for (const [at, { command, text }] of programs.entries()) {
      const ran = form === 'ts' ? undefined : await runInShell(text, env);
      const end = ran === undefined ? ends[at] : ran.code === 0 ? null : `${ran.stdout}${ran.stderr}`;
      if (end !== null) wrong.push(`${command} printed what fails: ${end}\n${text}`);
    }
    await platform.run(['jobs', 'wait', known.failed]);
    expect(wrong).toEqual([]);
    expect(programs.length).toBeGreaterThan(30);
  },
);
