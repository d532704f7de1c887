import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aJob, answer, openEventStream, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';

const hasJq = spawnSync('jq', ['--version']).status === 0;
const { id } = aJob();

async function serverOfJobs(more: Parameters<typeof playServer>[0] = {}) {
  const server = await playServer({
    'GET /jobs': (_, response) => answer(response, 200, [aJob({ status: 'FAILED' }), aJob({ queue: 'größe' })]),
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    [`GET /jobs/${id}`]: (_, response) => answer(response, 200, aJob()),
    [`GET /jobs/${id}/events`]: (_, response) => {
      const send = openEventStream(response);
      send(1, 'RUNNING', { attempt: 1 });
      send(2, 'COMPLETED', { attempt: 1, result: 1 });
    },
    'GET /queues': (_, response) => problem(response, 403, 'FORBIDDEN'),
    ...more,
  });
  onTestFinished(server.close);
  const { run, folder } = await cliHome();
  const base = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  return {
    server,
    folder,
    run: (args: string[], env: Record<string, string> = {}) => run(args, { env: { ...base, ...env } }),
  };
}

describe.skipIf(!hasJq)('with jq', () => {
  test('the JSON of an answer goes through it, whatever form the environment asks for', async () => {
    const { run } = await serverOfJobs();
    const ran = await run(['jobs', 'list', '--jq', '.[] | {s: .status, q: .queue} | tojson'], {
      CLOUDTASK_OUTPUT: 'tsv',
    });
    expect(ran).toMatchObject({
      code: 0,
      stderr: '',
      stdout: '{"s":"FAILED","q":"default"}\n{"s":"PENDING","q":"größe"}\n',
    });
    expect(await run(['--jq', 'length', 'jobs', 'list', '--json'])).toMatchObject({ code: 0, stdout: '2\n' });
  });

  test('a stream goes through one process, line by line', async () => {
    const { run } = await serverOfJobs();
    const ran = await run(['watch', id, '-q', '--jq', '[.status, input_line_number] | join(" ")']);
    expect(ran).toMatchObject({ code: 0, stdout: 'RUNNING 1\nCOMPLETED 2\n' });
  });

  test('a program that is none is refused before anything is sent', async () => {
    const { run, server } = await serverOfJobs();
    const ran = await run(['submit', 'email', '--jq', '.[']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'USAGE', message: 'jq refused' } });
    expect(server.requests).toEqual([]);
  });

  test('what it refuses of the answer is a usage error', async () => {
    const { run } = await serverOfJobs();
    const ran = await run(['jobs', 'show', id, '--jq', '.id.x']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('Cannot index string');
  });

  test('a program that begins with a dash is a program, no flag', async () => {
    const { run } = await serverOfJobs();
    expect(await run(['jobs', 'list', '--jq=-1'])).toMatchObject({ code: 0, stdout: '-1\n' });
    expect(await run(['jobs', 'list', '--jq=--version'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('an error of the command stays what it is', async () => {
    const { run } = await serverOfJobs();
    const ran = await run(['queues', 'list', '--jq', '.[0].name.x']);
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  test('of two failures the one of the command is told', async () => {
    const { run } = await serverOfJobs({
      'GET /jobs': ({ query }, response) =>
        query.has('cursor')
          ? problem(response, 403, 'FORBIDDEN')
          : answer(response, 200, [aJob()], { link: '</jobs?cursor=c>; rel="next"' }),
    });
    const ran = await run(['jobs', 'list', '--all', '-o', 'jsonl', '--jq', '.id.x']);
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });
});

test.each([
  [['-o', 'tsv'], '-o tsv'],
  [['-o', 'id'], '-o id'],
  [['--curl'], '--curl'],
])('--jq beside %j is refused', async (flags, named) => {
  const { run, server } = await serverOfJobs();
  const ran = await run(['jobs', 'list', '--jq', '.', ...flags]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(`--jq and ${named} do not go together`);
  expect(server.requests).toEqual([]);
});

// As newer versions do at `halt`; older ones read to the end.
test.skipIf(process.platform === 'win32')('a jq that ends before its input is no error', async () => {
  const jobs = Array.from({ length: 1_000 }, () => aJob({ payload: 'x'.repeat(500) }));
  const { run, folder } = await serverOfJobs({ 'GET /jobs': (_, response) => answer(response, 200, jobs) });
  const programs = join(folder, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'jq'), '#!/bin/sh\nread first\necho enough\n', { mode: 0o755 });
  const ran = await run(['jobs', 'list', '-n', '1000', '--jq', '.'], { PATH: programs });
  expect(ran).toMatchObject({ code: 0, stdout: 'enough\n', stderr: '' });
});

test('without jq nothing is sent, and it says what to install', async () => {
  const { run, server, folder } = await serverOfJobs();
  const empty = join(folder, 'empty');
  await mkdir(empty);
  const ran = await run(['submit', 'email', '--jq', '.id'], { PATH: empty });
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(JSON.parse(ran.stderr)).toMatchObject({ error: { message: 'jq is not installed' } });
  expect(ran.stderr).toContain('apt install jq');
  expect(server.requests).toEqual([]);
});
