import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TypeInfo } from '@cloudtask/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { aJob, answer, type Play, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';

function aType(more: Partial<TypeInfo> = {}): TypeInfo {
  return {
    type: 'mail',
    description: null,
    title: null,
    payloadSchema: {
      type: 'object',
      properties: { to: { type: 'string', format: 'email' }, n: { type: 'integer', maximum: 9 } },
      required: ['to'],
      additionalProperties: false,
    },
    resultSchema: null,
    progressSchema: null,
    sensitive: [],
    examples: [],
    defaults: { queue: 'post' },
    workers: 1,
    version: '1.0.0',
    registeredAt: null,
    ...more,
  };
}
const asText = aType({ payloadSchema: { type: 'object', properties: { n: { type: 'string' } } } });

async function setUp(routes: Record<string, Play> = {}) {
  const server = await playServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob({ type: 'mail' })),
    'GET /types': (_, response) => answer(response, 200, [aType()]),
    ...routes,
  });
  onTestFinished(server.close);
  const home = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  return {
    server,
    ...home,
    sent: () => server.to('POST /jobs').map((each) => (each.json() as { payload: unknown }).payload),
    run: (line: string, more: { input?: string; env?: Record<string, string> } = {}) =>
      home.run(line.split(' '), { ...more, env: { ...env, ...more.env } }),
  };
}

test('fields have the types of the schema, which is asked for once a minute', async () => {
  const { run, sent, server } = await setUp();
  expect((await run('submit mail to=ada@example.com n=3')).code).toBe(0);
  expect((await run('submit mail to=007@example.com -f n=4')).code).toBe(0);
  expect(sent()).toEqual([
    { to: 'ada@example.com', n: 3 },
    { to: '007@example.com', n: 4 },
  ]);
  expect(server.to('GET /types')).toHaveLength(1);
});

test('a payload that is JSON asks nobody for the schema', async () => {
  const { run, sent, server } = await setUp();
  await run('submit mail --payload {"to":1} n:=3');
  expect([sent(), server.to('GET /types')]).toEqual([[{ to: 1, n: 3 }], []]);
});

test('without a schema, a permission or an answer in time, text stays text and nothing fails', async () => {
  for (const play of [
    (_: unknown, response: Parameters<Play>[1]) => answer(response, 200, [aType({ payloadSchema: null })]),
    (_: unknown, response: Parameters<Play>[1]) => problem(response, 403, 'FORBIDDEN'),
    (_: unknown, response: Parameters<Play>[1]) => problem(response, 503, 'DOWN'),
    (_: unknown, response: Parameters<Play>[1]) => answer(response, 200, { no: 'list' }),
    () => {},
  ]) {
    const { run, sent, server } = await setUp({ 'GET /types': play });
    expect(await run('submit mail n=3')).toMatchObject({ code: 0, stderr: '' });
    expect([sent(), server.to('GET /types').length]).toEqual([[{ n: '3' }], 1]);
  }
});

test('what does not fit is exit 2 before it is sent; an old schema that was kept refuses nothing', async () => {
  let types = [aType()];
  const { run, sent } = await setUp({ 'GET /types': (_, response) => answer(response, 200, types) });
  const refused = await run('submit mail to=a@b n=three');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('n cannot be "three"\n  mail wants integer (…9) there.');
  expect((await run('run mail too=x')).stderr).toContain('Did you mean to?');
  types = [asText];
  expect((await run('submit mail n=three')).code).toBe(0);
  expect(sent()).toEqual([{ n: 'three' }]);
});

test('after the server refused a payload, the schema is asked for again', async () => {
  let types = [asText];
  const { run, sent } = await setUp({
    'GET /types': (_, response) => answer(response, 200, types),
    'POST /jobs': (_, response, nth) =>
      nth === 1 ? problem(response, 422, 'INVALID_PAYLOAD') : answer(response, 201, aJob()),
  });
  expect((await run('submit mail n=3')).code).toBe(6);
  types = [aType()];
  expect((await run('submit mail to=a@b n=3')).code).toBe(0);
  expect(sent()).toEqual([{ n: '3' }, { to: 'a@b', n: 3 }]);
});

test('retry and schedules take fields by the schema, too', async () => {
  const { id } = aJob();
  const schedule = { id: 's1', name: 'daily', type: 'mail', payload: { to: 'a@b' }, nextAt: null, pausedAt: null };
  const { run, server } = await setUp({
    [`GET /jobs/${id}`]: (_, response) => answer(response, 200, aJob({ type: 'mail', payload: { to: 'a@b', n: 1 } })),
    [`POST /jobs/${id}/retry`]: (_, response) => answer(response, 200, aJob()),
    'POST /schedules': (_, response) => answer(response, 201, schedule),
    'GET /schedules/daily': (_, response) => answer(response, 200, schedule),
    'PATCH /schedules/daily': (_, response) => answer(response, 200, schedule),
    'GET /schedules/s1': (_, response) => answer(response, 200, schedule),
  });
  await run(`retry ${id} n=2`);
  expect(server.to(`POST /jobs/${id}/retry`)[0]?.json()).toEqual({ payload: { to: 'a@b', n: 2 } });
  await run('schedules create daily -t mail --every 1d to=a@b n=3');
  expect(server.to('POST /schedules')[0]?.json()).toMatchObject({ payload: { to: 'a@b', n: 3 } });
  await run('schedules update daily n=4');
  expect(server.to('PATCH /schedules/daily')[0]?.json()).toEqual({ payload: { to: 'a@b', n: 4 } });
  expect(server.to('GET /types')).toHaveLength(1);
});

test('a type that needs fields and gets none is exit 2 where nobody can be asked, and names them', async () => {
  const { run, sent } = await setUp();
  for (const line of ['submit mail', 'run mail --json', 'submit mail --no-input']) {
    const ran = await run(line);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('mail needs to');
    expect(ran.stderr).toContain(`cloudtask ${line.split(' ')[0]} mail to=`);
  }
  expect(sent()).toEqual([]);
});

test('a dry run says whether a payload fits, and sends nothing', async () => {
  const { run, sent } = await setUp();
  expect(await run('submit mail to=a@b n=3 --dry-run')).toMatchObject({ code: 0, stdout: '{"to":"a@b","n":3}\n' });
  const misfit = await run('run mail --payload {"n":10} --dry-run --json');
  expect(misfit).toMatchObject({ code: 6, stdout: '' });
  expect(JSON.parse(misfit.stderr)).toMatchObject({
    error: { code: 'INVALID_PAYLOAD', issues: [{ path: '/to' }, { path: '/n' }] },
  });
  const unknown = await run('submit mial --dry-run');
  expect(unknown.code).toBe(0);
  expect(unknown.stderr).toContain('did you mean mail?');
  expect(JSON.parse((await run('submit mail to=a@b --dry-run --json')).stdout)).toMatchObject({ check: 'fits' });
  expect(sent()).toEqual([]);
});

test('the help of a type shows its fields; without a server it is the usual help', async () => {
  const { run } = await setUp();
  const help = await run('submit mail --help');
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/EXAMPLES[\s\S]*FIELDS OF mail\n {2}to\* {2}string email\n {2}n {4}integer \(…9\)/);
  expect(help.stdout).toContain('$ cloudtask submit mail to=…');
  expect((await run('help run mail')).stdout).toContain('cloudtask run mail to=…');
  const { run: away } = await setUp({ 'GET /types': () => {} });
  const usual = await away('submit mail --help');
  expect(usual).toMatchObject({ code: 0, stderr: '' });
  expect(usual.stdout).not.toContain('FIELDS');
  expect(usual.ms).toBeLessThan(5_000);
});

test('unknown types and queues are answered with those that were meant, and sent all the same', async () => {
  const { run, sent } = await setUp({
    'POST /jobs': (_, response) =>
      answer(response, 201, { ...aJob(), warnings: [{ code: 'NO_WORKER', message: 'no worker' }] }),
    'GET /jobs': (_, response) => answer(response, 200, []),
  });
  const ran = await run('submit mial -Q pots a=b');
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('Did you mean mail?\n  Did you mean --queue post?');
  expect(sent()).toEqual([{ a: 'b' }]);
  expect((await run('jobs list --type mial')).stderr).toContain('Did you mean mail?');
  expect((await run('jobs list', { env: { CLOUDTASK_OUTPUT: 'jsno' } })).stderr).toContain('Did you mean json?');
});

const scriptOf = (body: string) => `#!/bin/sh\n${body}\n`;

test('--edit sends what the editor leaves, and its file is private and goes', async () => {
  const { run, sent, folder } = await setUp();
  const editor = join(folder, 'editor');
  const body = 'shift; ls -l "$1" > seen; cp "$1" before; printf \'{"to":"a@b", "n":7,}\' > "$1"';
  await writeFile(editor, scriptOf(body), { mode: 0o700 });
  expect((await run('submit mail n=5 --edit', { env: { VISUAL: `${editor} --wait`, EDITOR: 'false' } })).code).toBe(0);
  expect(sent()).toEqual([{ to: 'a@b', n: 7 }]);
  expect(await readFile(join(folder, 'seen'), 'utf8')).toMatch(/^-rw------- .*mail\.jsonc/);
  expect(await readFile(join(folder, 'before'), 'utf8')).toContain('"n": 5,');
  const path = /\S+mail\.jsonc/.exec(await readFile(join(folder, 'seen'), 'utf8'))?.[0] ?? '';
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});

test('--edit sends nothing when the file is empty, was not saved, or does not fit', async () => {
  const { run, sent, folder } = await setUp();
  const edit = async (body: string) => {
    const editor = join(folder, 'editor');
    await writeFile(editor, scriptOf(body), { mode: 0o700 });
    return run('submit mail --edit', { env: { EDITOR: editor } });
  };
  expect(await edit('true')).toMatchObject({ code: 1, stderr: expect.stringContaining('not saved') });
  expect(await edit(': > "$1"')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was submitted') });
  expect(await edit('echo \'{"n":3}\' > "$1"')).toMatchObject({ code: 2, stderr: expect.stringContaining('/to') });
  expect(await edit('echo nonsense > "$1"')).toMatchObject({ code: 2 });
  expect(sent()).toEqual([]);
});

test('the file of --edit goes when the command is ended from outside', async () => {
  const { start, folder, server } = await setUp();
  const editor = join(folder, 'editor');
  // It ends by itself when its file is gone.
  const body = 'echo "$1" > seen; while [ -e "$1" ]; do sleep 0.1; done';
  await writeFile(editor, scriptOf(body), { mode: 0o700 });
  const child = start(['submit', 'mail', '--edit'], {
    env: { EDITOR: editor, CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't', TMPDIR: folder },
  });
  const seen = join(folder, 'seen');
  const path = await eventually(async () => (await readFile(seen, 'utf8').catch(() => '')).trim());
  child.kill('SIGTERM');
  await new Promise((resolve) => child.on('exit', resolve));
  expect((await readdir(folder)).filter((name) => name.startsWith('cloudtask-'))).toEqual([]);
  expect(path).toContain(folder);
});

test('without a type the call is said, in a pipe and where its fields come first', async () => {
  const { run, server } = await setUp();
  const none = await run('submit');
  expect(none.code).toBe(2);
  expect(none.stderr).toContain('✗ the type is missing\n  It is called so: cloudtask submit TYPE [FIELD...]');
  const field = await run('run to=ada@example.com');
  expect(field.code).toBe(2);
  expect(field.stderr).toContain('The first word is a field.');
  expect(server.to('POST /jobs')).toHaveLength(0);
});
