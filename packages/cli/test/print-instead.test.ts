import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aJob, answer, playServer, type Seen } from '../../sdk/test/support/play-server.ts';
import { cliHome, collect } from './support/run-cli.ts';

const { id } = aJob();
const aWorker = { id: 7, name: 'web-1', host: 'h', state: 'live', queues: [], types: [], drain: null };
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const TOKEN = 's3cr3t';
// As one looks that the client makes up.
const KEY = '00112233445566778899aabbccddeeff';

async function setUp() {
  const server = await playServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    'GET /jobs': (_, response) => answer(response, 200, [aJob()]),
    [`GET /jobs/${id}`]: (_, response) => answer(response, 200, aJob()),
    [`POST /jobs/${id}/cancel`]: (_, response) => answer(response, 200, aJob()),
    [`POST /jobs/${id}/retry`]: (_, response) => answer(response, 200, aJob()),
    [`GET /jobs/${id}/explain`]: (_, response) => answer(response, 200, { checks: [], retries: [], status: 'PENDING' }),
    'GET /workers': (_, response) => answer(response, 200, [aWorker]),
    'GET /workers/7': (_, response) => answer(response, 200, { ...aWorker, lanes: [], running: [] }),
    'POST /workers/7/drain': (_, response) => answer(response, 200, aWorker),
    'POST /schedules': (_, response) => answer(response, 201, { id: 's', name: 'daily' }),
  });
  onTestFinished(server.close);
  const home = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: TOKEN };
  /** A program beside the command: what it asked the server for, and how it ended. */
  const execute = (command: string, args: string[]) =>
    collect(spawn(command, args, { env: { PATH: process.env.PATH, ...env }, cwd: home.folder }));
  return { server, execute, folder: home.folder, run: (args: string[]) => home.run(args, { env }) };
}

// Commands of one request, and that request.
const CALLS: [request: string, ...args: string[]][] = [
  ['POST /jobs', 'submit', 'mail', "text=it's; $(rm) 'x'", 'n:=3', '--delay', '5m', '--job-timeout', '9s'],
  ['POST /jobs', 'submit', 'mail', '--idempotency-key', KEY],
  [`POST /jobs/${id}/cancel`, 'cancel', id, '--reason', 'too late'],
  [`POST /jobs/${id}/retry`, 'retry', id, 'a=1'],
  ['GET /jobs', 'jobs', 'list', '-s', 'failed,retrying', '--since', '24h', '-n', '5'],
  [`GET /jobs/${id}`, 'jobs', 'show', id],
  [`GET /jobs/${id}/explain`, 'explain', id],
  ['GET /workers/7', 'workers', 'show', 'web-1'],
  ['POST /workers/7/drain', 'workers', 'drain', 'web-1', '--reason', 'kernel update'],
  ['POST /schedules', 'schedules', 'create', 'daily', '-t', 'mail', '--every', '1d', '--job-timeout', '9s', 'a=1'],
  ['GET /jobs', 'api', '/jobs', 'status=FAILED', 'limit:=5'],
  ['POST /jobs', 'api', '/jobs', '-X', 'POST', '-H', 'x-mine=1', 'type=mail', 'payload.a=1'],
];

function essence({ method, path, query, body, headers }: Seen) {
  const key = headers['idempotency-key'];
  return {
    name: `${method} ${path}`,
    query: [...query].sort(),
    body: body === '' ? null : (JSON.parse(body) as unknown),
    // One that was made up is another each time.
    key: key === KEY ? key : undefined,
    mine: headers['x-mine'],
    auth: headers.authorization,
  };
}

describe.each(['curl', 'ts'] as const)('--%s', (form) => {
  test.skipIf(form === 'curl' && !hasCurl).each(CALLS)(
    '%s of %s is printed, and is the same when it is run',
    async (request, ...args) => {
      const { run, server, execute, folder } = await setUp();
      await run(args);
      const [sent] = server.to(request).map(essence);
      const before = server.to(request).length;
      const printed = await run([...args, `--${form}`]);
      expect(printed).toMatchObject({ code: 0, stderr: '' });
      expect(printed.stdout).not.toContain(TOKEN);
      expect(server.to(request)).toHaveLength(before);
      const program = join(folder, 'program.ts');
      const sdk = JSON.stringify(import.meta.resolve('@cloudtask/sdk'));
      await writeFile(program, printed.stdout.replace("'@cloudtask/sdk'", sdk));
      const ran = await (form === 'curl'
        ? execute('sh', ['-c', printed.stdout])
        : execute(process.execPath, ['--conditions=source', program]));
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(sent).toMatchObject({ name: request, auth: `Bearer ${TOKEN}` });
      const repeated = server.requests.at(-1) as Seen;
      expect(essence(repeated)).toEqual(sent);
      if (form === 'curl') expect(repeated.headers['idempotency-key']).toBe(args.find((word) => word === KEY));
    },
  );

  test.each([
    'watch @last',
    'jobs list --all',
    'api /jobs --paginate',
    'submit mail --wait',
    'submit mail --batch -',
    `cancel ${id} @last`,
    'cancel --type mail',
    'retry -',
    'logs @last -f',
    'login',
    'profile list',
    'status',
    'submit mail --dry-run',
    'doctor',
    'verify',
    'top --once',
    'init my-jobs',
    'dev',
  ])(`%s --${form} is refused`, async (line) => {
    const { run, server } = await setUp();
    const ran = await run([...line.split(' '), `--${form}`]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(server.requests).toEqual([]);
  });
});

test('run is one call of the SDK, and several requests', async () => {
  const { run, server } = await setUp();
  expect((await run(['run', 'mail', 'a=1', '--ts'])).stdout).toContain("await ct.jobs.run('mail', { a: '1' })");
  expect((await run(['run', 'mail', 'a=1', '--curl'])).code).toBe(2);
  expect(server.to('POST /jobs')).toEqual([]);
});

test('--debug=http shows headers and bodies on stderr, and no token', async () => {
  const { run, server } = await setUp();
  const ran = await run(['--debug=http', 'submit', 'mail', '--payload', '{"to":"ada","password":"hunter2"}']);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain(`> POST ${server.url}/jobs\n`);
  expect(ran.stderr).toContain('> authorization: Bearer •••');
  expect(ran.stderr).toContain('"to":"ada","password":"•••"');
  expect(ran.stderr).toMatch(/< 201 \d+ms\n< .*content-type: application\/json/s);
  expect(ran.stderr).toContain('< {"id":');
  expect(ran.stderr).not.toMatch(/s3cr3t|hunter2/);
  expect((await run(['submit', 'mail', '--debug'])).stderr).toMatch(/^POST \/jobs 201 \d+ms/m);
});

test('--time decides the form of times, for people and in a pipe', async () => {
  const { run } = await setUp();
  const at = '2026-11-23T12:00:00.000Z';
  expect((await run(['jobs', 'list'])).stdout).toContain(at);
  expect((await run(['jobs', 'list', '-o', 'human'])).stdout).not.toContain(at);
  expect((await run(['jobs', 'list', '-o', 'human', '--time', 'iso'])).stdout).toContain(at);
  expect((await run(['--time=relative', 'jobs', 'list'])).stdout).toMatch(/\t\d+d ago\t|\tin \d+d\t/);
  expect((await run(['jobs', 'list', '--time', 'local'])).stdout).toMatch(/\t2026-11-2\d \d\d:00:00\t/);
  expect((await run(['jobs', 'list', '--time', 'rel'])).code).toBe(2);
  expect((await run(['jobs', 'list', '--fields', 'stauts'])).stderr).toContain('Did you mean status?');
});
