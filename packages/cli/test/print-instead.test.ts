import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aJob, answer, playServer, type Seen } from '../../sdk/test/support/play-server.ts';
import { startOneProcess } from './support/one-process.ts';
import { runInShell, runPrograms } from './support/run-programs.ts';

const { id } = aJob();
const aWorker = { id: 7, name: 'web-1', host: 'h', state: 'live', queues: [], types: [], drain: null };
const CAUSE = 'c9f1a2b3c4d5';
const aCause = { fingerprint: CAUSE, type: 'mail', count: 1, error: null, reason: null };
const OTHER = id.replace(/.$/, (last) => (last === '1' ? '2' : '1'));
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const TOKEN = 's3cr3t';
// As one looks that the client makes up.
const KEY = '00112233445566778899aabbccddeeff';
const ACTION = { id: 'a', action: 'cancel', state: 'DONE', done: 1, skipped: 0, stopReason: null };

let server: Awaited<ReturnType<typeof playServer>>;
let cli: Awaited<ReturnType<typeof startOneProcess>>;
const env = () => ({ CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: TOKEN });
const run = (args: string[]) => cli.run(args, { env: env() });

beforeAll(async () => {
  const one = { ...aJob(), id: OTHER };
  server = await playServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    'POST /jobs/actions': ({ body }, response) =>
      answer(response, 200, body.includes('dryRun') ? { matched: 1, isExact: true, sample: [] } : ACTION),
    'GET /jobs': (_, response) => answer(response, 200, [aJob()]),
    [`GET /jobs/${id}`]: (_, response) => answer(response, 200, aJob()),
    [`POST /jobs/${id}/cancel`]: (_, response) => answer(response, 200, aJob()),
    [`POST /jobs/${OTHER}/cancel`]: (_, response) => answer(response, 200, one),
    [`POST /jobs/${id}/retry`]: (_, response) => answer(response, 200, aJob()),
    [`GET /jobs/${id}/explain`]: (_, response) => answer(response, 200, { checks: [], retries: [], status: 'PENDING' }),
    'GET /workers': (_, response) => answer(response, 200, [aWorker]),
    'GET /workers/7': (_, response) => answer(response, 200, { ...aWorker, lanes: [], running: [] }),
    'POST /workers/7/drain': (_, response) => answer(response, 200, aWorker),
    'POST /schedules': (_, response) => answer(response, 201, { id: 's', name: 'daily' }),
    'GET /queues': (_, response) => answer(response, 200, []),
    'POST /queues/mail/pause': (_, response) => answer(response, 200, { resumesAt: null }),
    'GET /failures': (_, response) => answer(response, 200, [aCause]),
  });
  cli = await startOneProcess();
});
afterAll(async () => {
  await Promise.all([cli.close(), server.close()]);
});

/** A command line, and the requests that are its work, in their order. */
const CALLS: [requests: string[], ...args: string[]][] = [
  [['POST /jobs'], 'submit', 'mail', "text=it's; $(rm) 'x'", 'n:=3', '--delay', '5m', '--job-timeout', '9s'],
  [['POST /jobs'], 'submit', 'mail', '--idempotency-key', KEY],
  [[`POST /jobs/${id}/cancel`], 'cancel', id, '--reason', 'too late'],
  [[`POST /jobs/${id}/cancel`, `POST /jobs/${OTHER}/cancel`], 'cancel', id, OTHER],
  [['POST /jobs/actions'], 'cancel', '--type', 'mail', '-s', 'pending', '--rate', '5/s', '--yes', '--no-wait'],
  [['POST /jobs/actions'], 'retry', '-s', 'failed', '--canary', '2', '--yes', '--no-wait'],
  [['POST /jobs/actions'], 'queues', 'purge', 'mail', '--confirm', 'mail', '--reason', 'twice', '--no-wait'],
  [[`POST /jobs/${id}/retry`], 'retry', id, 'a=1'],
  [['GET /jobs'], 'jobs', 'list', '-s', 'failed,retrying', '--since', '24h', '-n', '5'],
  [[`GET /jobs/${id}`], 'jobs', 'show', id],
  [[`GET /jobs/${id}/explain`], 'explain', id],
  [['POST /schedules'], 'schedules', 'create', 'daily', '-t', 'mail', '--every', '1d', '--job-timeout', '9s', 'a=1'],
  [['POST /queues/mail/pause'], 'queues', 'pause', 'mail', '--reason', 'provider', '--for', '30m'],
  [['GET /workers'], 'workers', 'list', '--all'],
  [['GET /jobs'], 'api', '/jobs', 'status=FAILED', 'limit:=5'],
  [['POST /jobs'], 'api', '/jobs', '-X', 'POST', '-H', 'x-mine=1', 'type=mail', 'payload.a=1'],
  [['GET /workers/7'], 'workers', 'show', 'web-1'],
  [['POST /workers/7/drain'], 'workers', 'drain', 'web-1', '--reason', 'kernel update'],
  [['POST /jobs/actions'], 'failures', 'discard', CAUSE, '--reason', 'bad import', '--yes', '--no-wait'],
  [['POST /jobs/actions'], 'failures', 'restore', CAUSE, '--yes', '--no-wait'],
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

/** What the server was asked since then that is the work itself: neither looked up nor counted before. */
function sentSince(mark: number, names: readonly string[]) {
  const sent = server.requests.slice(mark).filter(({ method, path }) => names.includes(`${method} ${path}`));
  return sent.filter(({ body }) => !body.includes('dryRun')).map(essence);
}

describe.each(['curl', 'ts'] as const)('--%s', (form) => {
  test.skipIf(form === 'curl' && !hasCurl)(
    'what is printed is the same when it is run',
    { timeout: 60_000 },
    async () => {
      const calls = [];
      for (const [names, ...args] of CALLS) {
        let mark = server.requests.length;
        await run(args);
        const sent = sentSince(mark, names);
        expect(
          sent.map(({ name }) => name),
          args.join(' '),
        ).toEqual(names);
        expect(sent[0]?.auth).toBe(`Bearer ${TOKEN}`);
        mark = server.requests.length;
        const printed = await run([...args, `--${form}`]);
        expect(printed, args.join(' ')).toMatchObject({ code: 0, stderr: '' });
        expect(printed.stdout).not.toContain(TOKEN);
        expect(sentSince(mark, names)).toEqual([]);
        calls.push({ line: args.join(' '), sent, text: printed.stdout });
      }
      const mark = server.requests.length;
      if (form === 'ts') {
        const ends = await runPrograms(
          calls.map(({ text }) => text),
          { folder: cli.folder, env: env() },
        );
        expect(ends.filter((end) => end !== null)).toEqual([]);
      } else for (const { line, text } of calls) expect(await runInShell(text, env()), line).toMatchObject({ code: 0 });
      const again = server.requests.slice(mark);
      expect(again.map(essence)).toEqual(calls.flatMap(({ sent }) => sent));
      if (form === 'curl') expect(again.flatMap(({ headers }) => headers['idempotency-key'] ?? [])).toEqual([KEY]);
    },
  );

  test.each([
    'watch @last',
    'api /jobs --paginate',
    'submit mail --wait',
    'submit mail --batch -',
    'logs @last -f',
    'submit mail --dry-run',
    `cancel ${id} --dry-run`,
    'jobs export --format csv',
    'verify ids.txt',
    'whoami --offline',
  ])(`%s --${form} is refused, with its reason`, async (line) => {
    const before = server.requests.length;
    const ran = await run([...line.split(' '), `--${form}`]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/cannot be printed as/);
    expect(server.requests).toHaveLength(before);
  });
});

test('a list to its end is one program, and not one request', async () => {
  for (const line of ['jobs list --all', 'jobs export -s failed', 'failures export']) {
    expect((await run([...line.split(' '), '--ts'])).stdout).toMatch(/for await \(const each of ct\.jobs\.list\(/);
    expect((await run([...line.split(' '), '--curl'])).stderr).toContain('--ts prints all of it');
  }
});

test('nobody is asked about what is only printed', async () => {
  const ran = await run(['queues', 'purge', 'mail', '--ts']);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("ct.jobs.cancelMany({ queue: 'mail'") });
});

test('run is one call of the SDK, and several requests', async () => {
  const before = server.requests.length;
  expect((await run(['run', 'mail', 'a=1', '--ts'])).stdout).toContain("await ct.jobs.run('mail', { a: '1' })");
  expect((await run(['run', 'mail', 'a=1', '--curl'])).stderr).toContain(
    'submit --curl and result --curl print the two',
  );
  expect(server.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('--debug=http shows headers and bodies on stderr, and no token', async () => {
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
  const at = '2026-11-23T12:00:00.000Z';
  expect((await run(['jobs', 'list'])).stdout).toContain(at);
  expect((await run(['jobs', 'list', '-o', 'human'])).stdout).not.toContain(at);
  expect((await run(['jobs', 'list', '-o', 'human', '--time', 'iso'])).stdout).toContain(at);
  expect((await run(['--time=relative', 'jobs', 'list'])).stdout).toMatch(/\t\d+d ago\t|\tin \d+d\t/);
  expect((await run(['jobs', 'list', '--time', 'local'])).stdout).toMatch(/\t2026-11-2\d \d\d:00:00\t/);
  expect((await run(['jobs', 'list', '--time', 'rel'])).code).toBe(2);
  expect((await run(['jobs', 'list', '--fields', 'stauts'])).stderr).toContain('Did you mean status?');
});
