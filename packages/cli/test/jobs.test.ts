import { once } from 'node:events';
import type { JobStatus } from '@cloudtask/sdk/contract';
import { expect, onTestFinished, test } from 'vitest';
import { aJob, answer, openEventStream, type Play, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome, collect } from './support/run-cli.ts';

const { id } = aJob();
const ends =
  (...statuses: JobStatus[]): Play =>
  (_, response) => {
    const send = openEventStream(response);
    for (const [at, status] of statuses.entries()) send(at + 1, status, { attempt: 1 });
  };

async function setUp(routes: Record<string, Play>) {
  const server = await playServer({ 'POST /jobs': (_, response) => answer(response, 201, aJob()), ...routes });
  onTestFinished(server.close);
  const home = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  return {
    server,
    env,
    ...home,
    run: (args: string[], input?: string) => home.run(args, { env, ...(input !== undefined && { input }) }),
  };
}

test('submit in a pipe prints the id and nothing else', async () => {
  const { run, server } = await setUp({});
  const args =
    'submit email to=ada@example.com n:=3 -f cc=bob -F list=[1] --tag a --tag b --meta team=x --delay 5m -Q mail --priority 7';
  expect(await run(args.split(' '))).toMatchObject({ code: 0, stdout: `${id}\n`, stderr: '' });
  expect(server.to('POST /jobs')[0]?.json()).toEqual({
    type: 'email',
    payload: { to: 'ada@example.com', n: 3, cc: 'bob', list: [1] },
    queue: 'mail',
    priority: 7,
    delay: '5m',
    tags: ['a', 'b'],
    metadata: { team: 'x' },
  });
});

test('submit --json prints the job, and -o none prints nothing', async () => {
  const { run } = await setUp({});
  const [json, none] = await Promise.all([run(['submit', 'email', '--json']), run(['submit', 'email', '-o', 'none'])]);
  expect(JSON.parse(json.stdout)).toEqual(aJob());
  expect(none).toMatchObject({ code: 0, stdout: '' });
});

test('the exit code of --wait and watch is the fate of the job', async () => {
  const { run } = await setUp({ [`GET /jobs/${id}/events`]: ends('RUNNING', 'FAILED') });
  const wait = await run(['submit', 'email', '--wait']);
  expect(wait).toMatchObject({ code: 3, stdout: `${id}\n` });
  expect(wait.stderr).toMatch(/running attempt=1\n.*failed/);
  const watch = await run(['watch', '@last']);
  expect(watch).toMatchObject({ code: 3, stderr: '' });
  expect(watch.stdout.trim().split('\n')).toHaveLength(2);
  const events = await run(['watch', id, '--json']);
  expect(
    events.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status),
  ).toEqual(['RUNNING', 'FAILED']);
});

test('a completed job is exit 0, one that is not done in time is exit 8', async () => {
  const other = aJob({ id: '0199d0f4-0000-7000-8000-000000000002' });
  const { run } = await setUp({
    [`GET /jobs/${id}/events`]: ends('COMPLETED'),
    [`GET /jobs/${other.id}/events`]: ends('RUNNING'),
  });
  const [done, late] = await Promise.all([run(['watch', id]), run(['watch', other.id, '--timeout', '300ms'])]);
  expect(done).toMatchObject({ code: 0 });
  expect(late).toMatchObject({ code: 8 });
  expect(late.stderr).toContain('WAIT_TIMEOUT');
});

test('a time that is over before anything was heard of the job is exit 8 too', async () => {
  const { run } = await setUp({
    [`GET /jobs/${id}/events`]: (_, response) => void openEventStream(response),
    [`GET /jobs/${id}`]: (_, response) => answer(response, 200, aJob({ status: 'RUNNING' })),
  });
  for (const command of ['watch', 'jobs wait']) {
    const ran = await run([...command.split(' '), id, '--timeout', '50ms']);
    expect(ran).toMatchObject({ code: 8, stdout: '' });
    expect(ran.stderr).toContain('WAIT_TIMEOUT');
  }
});

test('run asks for what the job says only when it is told to', async () => {
  const { run, server } = await setUp({ [`GET /jobs/${id}/events`]: ends('RUNNING', 'FAILED') });
  await Promise.all([run(['run', 'email']), run(['run', 'email', '--logs'])]);
  const queries = server.to(`GET /jobs/${id}/events`).map(({ query }) => query.get('logs'));
  expect(queries.map(String).toSorted()).toEqual(['false', 'null']);
});

test('Ctrl-C stops the watching, not the job', async () => {
  const { start, env, server } = await setUp({ [`GET /jobs/${id}/events`]: ends('RUNNING') });
  const child = start(['watch', id], { env });
  const ended = collect(child);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const ran = await ended;
  expect(ran.code).toBe(130);
  expect(ran.stderr).toContain('The job goes on. Cancel: cloudtask cancel 00000001');
  expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
});

test('Ctrl-C during run leaves the job, or cancels it and waits for its end', async () => {
  let isCancelled = false;
  const { start, env, server } = await setUp({
    [`GET /jobs/${id}/events`]: (_, response) => {
      const send = openEventStream(response);
      send(1, 'RUNNING', { attempt: 1 });
      if (isCancelled) send(2, 'CANCELLED', { attempt: 1 });
    },
    [`POST /jobs/${id}/cancel`]: (_, response) => {
      isCancelled = true;
      answer(response, 200, aJob({ status: 'RUNNING' }));
    },
  });
  const interrupted = async (...flags: string[]) => {
    const child = start(['run', 'email', ...flags], { env });
    const ended = collect(child);
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    return ended;
  };
  const left = await interrupted();
  expect(left).toMatchObject({ code: 130, stdout: '' });
  expect(left.stderr).toContain('The job goes on. Cancel: cloudtask cancel 00000001');
  expect(server.to(`POST /jobs/${id}/cancel`)).toHaveLength(0);
  const cancelled = await interrupted('--cancel-on-interrupt');
  expect(cancelled).toMatchObject({ code: 130, stdout: '' });
  expect(cancelled.stderr).toContain('The job is cancelled.');
});

test('a slow pipe into run is read to its end', async () => {
  const { start, env, server } = await setUp({ [`GET /jobs/${id}/events`]: ends('COMPLETED') });
  const child = start(['run', 'email', 'in=@-'], { env });
  const ended = collect(child);
  child.stdin.write('first ');
  // Longer than the framework would wait for stdin.
  await new Promise((resolve) => setTimeout(resolve, 600));
  child.stdin.end('second');
  expect(await ended).toMatchObject({ code: 0, stdout: 'null\n' });
  expect(server.to('POST /jobs')[0]?.json()).toMatchObject({ payload: { in: 'first second' } });
});

test('the end of an id is enough, as long as it means one job', async () => {
  const { run, server } = await setUp({
    'GET /jobs': ({ query }, response) => {
      if (query.get('ref') === 'aaaa') return problem(response, 409, 'AMBIGUOUS_REFERENCE');
      answer(response, 200, query.get('ref') === '00000001' ? [aJob()] : []);
    },
    [`GET /jobs/${id}`]: (_, response) => answer(response, 200, aJob()),
  });
  const [found, unknown, several, short] = await Promise.all([
    run(['jobs', 'show', '00000001', '--fields', 'id,status', '--json']),
    run(['jobs', 'show', 'ffffffff']),
    run(['jobs', 'show', 'aaaa']),
    run(['jobs', 'show', 'a1']),
  ]);
  expect(JSON.parse(found.stdout)).toEqual({ id, status: 'PENDING' });
  expect([unknown.code, several.code, short.code]).toEqual([5, 2, 2]);
  expect(server.requests.some(({ query }) => query.get('ref') === 'a1')).toBe(false);
});

test('jobs list follows pages up to its limit, in the form that was asked for', async () => {
  const { run, server } = await setUp({
    'GET /jobs': ({ query }, response) =>
      query.get('cursor') === 'two'
        ? answer(response, 200, [aJob({ type: 'second' })])
        : answer(response, 200, [aJob({ type: 'first' })], { link: '</jobs?cursor=two>; rel="next"' }),
  });
  const [tsv, all, json, table] = await Promise.all([
    run(['jobs', 'list', '-n', '1', '-s', 'failed,retrying', '--since', '24h']),
    run(['jobs', 'list', '--all', '-o', 'jsonl', '--fields', 'type']),
    run(['jobs', 'ls', '--json', '-n', '2']),
    run(['jobs', 'list', '-o', 'human', '-n', '1']),
  ]);
  expect(tsv.stdout).toBe(`${id}\tfirst\tPENDING\t0/5\t2026-11-23T12:00:00.000Z\tdefault\t\n`);
  expect(all.stdout).toBe('{"type":"first"}\n{"type":"second"}\n');
  expect((JSON.parse(json.stdout) as { type: string }[]).map(({ type }) => type)).toEqual(['first', 'second']);
  expect(table.stdout).toContain('○ pending');
  expect(table.stdout).not.toContain('\u001b');
  expect(
    server.requests.some(
      ({ query }) => `${query.getAll('status')}` === 'FAILED,RETRYING' && query.get('since') === '24h',
    ),
  ).toBe(true);
});

test('cancel sends the reason; a job that has ended is exit 6', async () => {
  const { run, server } = await setUp({
    [`POST /jobs/${id}/cancel`]: (_, response, nth) =>
      nth === 1 ? answer(response, 200, aJob({ status: 'CANCELLED' })) : problem(response, 409, 'JOB_FINISHED'),
  });
  expect(await run(['cancel', id, '--reason', 'wrong bucket'])).toMatchObject({ code: 0, stdout: `${id}\n` });
  expect(server.requests[0]?.json()).toEqual({ reason: 'wrong bucket' });
  expect(await run(['cancel', '-'], `${id}\n`)).toMatchObject({ code: 6, stdout: '' });
});
