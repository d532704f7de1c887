import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playServer } from '../../sdk/test/support/play-server.ts';
import type { CommandInfo } from '../src/command-tree.ts';
import { EFFECTS } from '../src/effect.ts';
import { startOneProcess } from './support/one-process.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

/** How each command that can destroy something does so. A new one says it here. */
const DESTROYING: Record<string, string[]> = {
  api: ['/jobs/actions', '-X', 'POST', 'action=cancel'],
  cancel: ['--tag', 'import-7', '--yes'],
  'failures discard': ['c9f1a2', '--reason', 'bad import', '--yes'],
  'failures restore': ['c9f1a2', '--yes'],
  'failures retry': ['c9f1a2', '--yes'],
  'queues purge': ['mail', '--confirm', 'mail'],
  retry: ['--type', 'email', '--yes'],
  'schedules delete': ['nightly'],
  'tokens revoke': ['ci'],
};

let server: Awaited<ReturnType<typeof playServer>>;
let cli: Awaited<ReturnType<typeof startOneProcess>>;
let commands: CommandInfo[];
const run = (...args: string[]) => cli.run(args);

beforeAll(async () => {
  server = await playServer({});
  cli = await startOneProcess();
  commands = JSON.parse((await run('commands', '--json')).stdout) as CommandInfo[];
  await run('profile', 'add', 'staging', '--url', 'http://127.0.0.1:1');
  await run('profile', 'add', 'prod', '--url', server.url, '--production');
});
afterAll(async () => {
  await cli.close();
  await server.close();
});

/** What a command said, and how many requests it sent. */
async function sent(args: string[], env: Record<string, string> = {}) {
  const before = server.requests.length;
  const ran = await cli.run(args, { env });
  return { ...ran, requests: server.requests.length - before };
}

test('every command says what it does on the server', () => {
  const silent = commands.filter(({ effect }) => !EFFECTS.includes(effect)).map(({ command }) => command);
  expect(silent).toEqual([]);
});

test('every command that can destroy something is tried below', () => {
  const destroying = commands.filter(({ effect }) => effect === 'destroys').map(({ command }) => command);
  expect(destroying).toEqual(Object.keys(DESTROYING).sort());
});

test('on production each of them refuses without the name of the profile, whatever else says yes, and sends nothing', async () => {
  const wrong: string[] = [];
  for (const [command, args] of Object.entries(DESTROYING)) {
    for (const form of [[], ['--json']]) {
      const call = [...command.split(' '), ...args, '-p', 'prod', ...form];
      const { code, stdout, stderr, requests } = await sent(call);
      if (code !== 2 || stdout !== '' || requests > 0 || !stderr.includes('pass --confirm prod'))
        wrong.push(`${call.join(' ')}: exit ${code}, ${requests} requests\n${stderr}`);
    }
  }
  expect(wrong).toEqual([]);
});

test.each([
  ['cancel', '-'],
  ['retry', '-'],
])('on production %s needs the name for what a pipe names, which may be many', async (...args) => {
  const before = server.requests.length;
  const { code, stderr } = await cli.run([...args, '-p', 'prod'], { input: 'aaaa1\naaaa2\n' });
  expect(stderr).toContain('pass --confirm prod');
  expect([code, server.requests.length - before]).toEqual([2, 0]);
});

test.each(['/jobs/act%69ons', '/x/../jobs/actions', '/jobs/actions#x', 'jobs/actions/?a=b'])(
  'on production a path is read as it will be sent: %s',
  async (path) => {
    const { code, stderr, requests } = await sent(['api', path, '-X', 'POST', 'action=cancel', '-p', 'prod']);
    expect(stderr).toContain('pass --confirm prod');
    expect([code, requests]).toEqual([2, 0]);
  },
);

test('what works on this machine alone asks for nothing, whichever server is meant', async () => {
  const { stderr } = await sent(['plugins', 'remove', 'nothing', '-p', 'prod']);
  expect(stderr).not.toContain('production');
});

test('with the name each of them goes on', async () => {
  const idle: string[] = [];
  for (const [command, args] of Object.entries(DESTROYING)) {
    const { requests, stderr } = await sent([...command.split(' '), ...args, '-p', 'prod', '--confirm', 'prod']);
    if (requests === 0) idle.push(`${command}: ${stderr}`);
  }
  expect(idle).toEqual([]);
});

describe('a server is production by its address', () => {
  test.each([
    ['named by --url', () => ['--url', server.url], {}],
    ['with a slash at the end', () => ['--url', `${server.url}/`], {}],
    ['named by a variable', () => [], 'CLOUDTASK_URL'],
    ['as the profile of a variable', () => [], { CLOUDTASK_PROFILE: 'prod' }],
    ['by another name of this machine', () => ['--url', server.url.replace('127.0.0.1', 'LocalHost')], {}],
  ])('%s', async (_, flags, env) => {
    const variables = env === 'CLOUDTASK_URL' ? { CLOUDTASK_URL: server.url } : (env as Record<string, string>);
    const { code, stderr, requests } = await sent(['tokens', 'revoke', 'ci', ...flags()], variables);
    expect(stderr).toContain('pass --confirm prod');
    expect([code, requests]).toEqual([2, 0]);
  });

  test('and a server that no profile calls so is not', async () => {
    const { code, stderr } = await sent(['tokens', 'revoke', 'ci', '-p', 'staging']);
    expect(stderr).not.toContain('production');
    expect(code).toBe(7);
  });
});

test('a name that is confirmed and is another one is refused, on production and elsewhere', async () => {
  for (const profile of ['prod', 'staging']) {
    const { code, stderr, requests } = await sent(['tokens', 'revoke', 'ci', '-p', profile, '--confirm', 'other']);
    expect(stderr).toContain(`--confirm is not ci or ${profile}`);
    expect([code, requests]).toEqual([2, 0]);
  }
});

test('the name is shown before what changes something, and not before what only looks', async () => {
  const said = async (...args: string[]) => (await sent([...args, '-p', 'prod'])).stderr.split('\n')[0];
  const line = `  production: prod  ${server.url}`;
  expect(await said('submit', 'email')).toBe(line);
  expect(await said('queues', 'pause', 'mail')).toBe(line);
  expect(await said('api', '/jobs', '-X', 'POST')).toBe(line);
  for (const look of ['jobs list', 'cancel --tag a --dry-run', 'api /jobs', 'doctor --probe', 'top --once'])
    expect([look, await said(...look.split(' '))]).not.toEqual([look, line]);
  // A word where there is no colour, the same word in red where there is.
  expect(await said('submit', 'email', '--color', 'always')).toContain('\u001b[31mproduction: prod\u001b[39m');
  expect(await said('submit', 'email', '-q')).not.toBe(line);
  expect(JSON.parse((await said('submit', 'email', '--json')) ?? '')).toHaveProperty('error');
});

test('what is only printed destroys nothing, and asks for no name', async () => {
  const { code, stdout } = await sent(['api', '/schedules/nightly', '-X', 'DELETE', '-p', 'prod', '--curl']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('curl')]);
});

test('a profile is production, or no longer, without its address being said again', async () => {
  await run('profile', 'add', 'late', '--url', 'https://late.example.com');
  const isProduction = async () => {
    const shown = await run('profile', 'show', 'late', '--json');
    return (JSON.parse(shown.stdout) as { isProduction: boolean }).isProduction;
  };
  expect(await isProduction()).toBe(false);
  expect((await run('profile', 'add', 'late', '--production')).code).toBe(0);
  expect(await isProduction()).toBe(true);
  // What says nothing about it leaves it as it is.
  await run('profile', 'add', 'late', '--url', 'https://late.example.com');
  expect(await isProduction()).toBe(true);
  expect((await run('profile', 'list')).stdout).toMatch(/^late\t.*\tproduction$/m);
  await run('profile', 'add', 'late', '--no-production');
  expect(await isProduction()).toBe(false);
});

describe.skipIf(!hasScript)('at a terminal', () => {
  const atTerminal = (args: string) => openTerminal(args.split(' '), { folder: cli.folder });

  test('the name is typed, and then what was asked for is done', async () => {
    const before = server.requests.length;
    const terminal = await atTerminal('tokens revoke ci -p prod');
    await terminal.type('Type prod to go on', 'prod\r');
    await terminal.ended;
    expect(terminal.screen()[0]).toBe(`  production: prod  ${server.url}`);
    expect(server.requests.length).toBeGreaterThan(before);
  });

  test('another name changes nothing', async () => {
    const before = server.requests.length;
    const terminal = await atTerminal('tokens revoke ci -p prod');
    await terminal.type('Type prod to go on', 'staging\r');
    expect(await terminal.ended).toBe(2);
    expect(terminal.screen().join('\n')).toContain('that is another name\n  Nothing was changed.');
    expect(server.requests.length).toBe(before);
  });
});
