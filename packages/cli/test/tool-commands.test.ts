import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandInfo } from '../src/command-tree.ts';
import { completionNeed } from '../src/completion/completions.ts';
import type { Setting } from '../src/settings/read-settings.ts';
import { startOneProcess } from './support/one-process.ts';

let cli: Awaited<ReturnType<typeof startOneProcess>>;
beforeAll(async () => {
  cli = await startOneProcess();
});
afterAll(() => cli.close());

const ct = (line: string, env: Record<string, string> = {}) =>
  cli.run(
    line.split(' ').filter((word) => word !== ''),
    { env },
  );

test('profiles: added, chosen, named in a mistake, removed', async () => {
  expect(await ct('profile list -o human')).toMatchObject({ code: 0, stdout: '' });
  expect((await ct('profile add prod --url https://jobs.example.com')).code).toBe(0);
  expect((await ct('profile add staging --url https://staging.example.com')).code).toBe(0);
  expect((await ct('profile add prod --url https://other.example.com')).code).toBe(6);
  expect((await ct('profile use staging -o human')).stdout).toContain('staging  https://staging.example.com  (in use)');
  expect((await ct('profile list')).stdout).toBe(
    'prod\thttps://jobs.example.com\t\t\nstaging\thttps://staging.example.com\t\t\n',
  );
  const wrong = await ct('jobs list -p prdo');
  expect(wrong).toMatchObject({ code: 5, stdout: '' });
  expect(wrong.stderr).toContain('Did you mean prod?');
  expect((await ct('profile remove staging')).code).toBe(0);
  expect((await ct('profile use staging')).code).toBe(5);
  expect((await ct('profile list -o id')).stdout).toBe('prod\n');
});

test('config list says what counts and where it comes from, and shows no secret', async () => {
  await ct('profile add prod --url https://jobs.example.com');
  const read = async (line: string, env: Record<string, string> = {}) => {
    const { stdout } = await ct(`config list ${line} --json`, env);
    expect(stdout).not.toContain('s3cr3t');
    return Object.fromEntries(
      (JSON.parse(stdout) as Setting[]).map(({ name, value, origin }) => [name, [value, origin]]),
    );
  };
  expect(await read('-p prod')).toMatchObject({
    profile: ['prod', '--profile'],
    url: ['https://jobs.example.com', expect.stringMatching(/config\.json, profile prod$/)],
    session: [null, 'nobody is signed in'],
    output: ['json', '--output'],
  });
  expect(await read('--url http://a.example', { CLOUDTASK_TOKEN: 's3cr3t', NO_COLOR: '1' })).toMatchObject({
    url: ['http://a.example', '--url'],
    session: ['a token', 'CLOUDTASK_TOKEN'],
    color: ['never', 'NO_COLOR'],
  });
  expect((await read('', { CLOUDTASK_URL: 'http://b.example' })).url).toEqual(['http://b.example', 'CLOUDTASK_URL']);
});

test('docs explains a code of an error or of explain, and prints pages', async () => {
  const code = await ct('docs invalid_json --json');
  expect(JSON.parse(code.stdout)).toMatchObject({ code: 'INVALID_JSON', status: 400 });
  expect((await ct('docs NO_WORKER -o human')).stdout).toContain('NO_WORKER\n  no worker');
  expect((await ct('docs schedules')).stdout).toMatch(/^# Schedules\n/);
  expect((await ct('docs -o id')).stdout.split('\n')).toContain('errors');
  const wrong = await ct('docs INVALID_JSNO');
  expect(wrong).toMatchObject({ code: 5, stdout: '' });
  expect(wrong.stderr).toContain('Did you mean INVALID_JSON?');
});

test.each([
  ['queues lst', 'queues has no such command', 'Did you mean queues list?'],
  ['schedules craete nightly --type x', 'schedules has no such command', 'Did you mean schedules create?'],
  ['wokers', 'wokers is not a cloudtask command', 'Did you mean workers?'],
  ['fialures list', 'fialures is not a cloudtask command', 'Did you mean failures list?'],
  ['queues hunter2', 'queues has no such command', 'cloudtask help queues'],
  ['help fieldz', 'fieldz is not a cloudtask command', 'Did you mean fields?'],
  ['help jobs lst', 'jobs has no such command', 'Did you mean jobs list?'],
  [
    'jobs wait @last --timeout 1x',
    '--timeout: "1x" is not a duration: write milliseconds, or "250ms", "30s", "5m", "2h", "1d"',
    'cloudtask help jobs wait',
  ],
  ['jobs list --since yesterday', '--since cannot be yesterday', 'It is how long ago, like 30m, 24h or 7d, or a time'],
  ['submit mail --at 5m', '--at cannot be 5m', 'From now on it is --delay 5m.'],
  ['queues purge mail --yes', 'there is no flag --yes here', 'it is said by name: --confirm NAME'],
  ['failures show', 'cause is missing', 'It is called so: cloudtask failures show CAUSE'],
  ['dev --chaos foo', '--chaos cannot be foo', 'cloudtask help dev'],
  ['help login hunter2', '1 word(s) too many after login', 'cloudtask help login'],
])('%s is answered with what was meant', async (line, message, hint) => {
  const ran = await ct(line);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(`✗ ${message}\n`);
  expect(ran.stderr).toContain(hint);
  expect(ran.stderr).not.toContain('hunter2');
});

test('help topics and groups name what there is', async () => {
  expect((await ct('help exit-codes')).stdout).toContain('8    the time was over');
  const root = (await ct('help')).stdout;
  const commands = JSON.parse((await ct('commands --json')).stdout) as CommandInfo[];
  for (const { command } of commands) expect(root).toMatch(new RegExp(`^ {2}${command.split(' ')[0]} `, 'm'));
});

test('completion knows commands, flags, statuses after a comma, and profiles', async () => {
  await ct('profile add prod --url https://jobs.example.com');
  const words = async (...typed: string[]) =>
    (await cli.run(['complete', '--', ...typed])).stdout.split('\n').filter((word) => word !== '');
  expect(await words('sched')).toEqual(['schedules']);
  expect(await words('queues', '')).toEqual(['list', 'pause', 'purge', 'resume', 'show']);
  expect(await words('jobs', 'list', '--no')).toEqual(['--no-input', '--no-pager']);
  expect(await words('jobs', 'list', '-o', 'j')).toEqual(['json', 'jsonl']);
  expect(await words('jobs', 'ls', '-s', 'failed,com')).toEqual(['failed,completed']);
  expect(await words('jobs', 'list', '-p', 'pr')).toEqual(['prod']);
  expect(await words('watch', '@')).toEqual(['@last']);
  expect(await words('completion', '')).toEqual(['bash', 'fish', 'powershell', 'zsh']);
  const commands = JSON.parse((await ct('commands --json')).stdout) as CommandInfo[];
  expect(completionNeed(commands, ['run', 'em'])).toEqual({ words: [], names: 'types' });
  expect(completionNeed(commands, ['schedules', 'show', ''])).toEqual({ words: [], names: 'schedules' });
  for (const [line, names] of [
    ['failures show ', 'causes'],
    ['failures discard one ', 'causes'],
    ['failures restore ', 'discarded'],
    ['retry --cause ', 'causes'],
  ] as const)
    expect(completionNeed(commands, line.split(' '))).toEqual({ words: [], names });
  expect(completionNeed(commands, ['failures', 'show', 'one', ''])).toEqual({ words: [] });
  for (const verb of ['show', 'drain'])
    expect(completionNeed(commands, ['workers', verb, 'w'])).toEqual({ words: [], names: 'workers' });
  // A server that is away means no words, and no error in the middle of a line.
  expect(await cli.run(['complete', '--url', 'http://127.0.0.1:1', '--', 'run', 'em'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('the script of a shell is printed, and of no other', async () => {
  for (const shell of ['bash', 'zsh', 'fish'])
    expect((await ct(`completion ${shell}`)).stdout).toContain('cloudtask complete -- ');
  expect((await ct('completion', { SHELL: '/usr/bin/zsh' })).stdout).toContain('#compdef cloudtask');
  expect((await ct('completion bahs')).stderr).toContain('Did you mean bash?');
});
