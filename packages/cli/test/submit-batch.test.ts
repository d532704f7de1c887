import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { aJob, answer, type Play, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { batchLines } from '../src/submit/batch-lines.ts';
import type { BatchOutcome } from '../src/submit/batch-outcomes.ts';
import { cliHome, collect } from './support/run-cli.ts';

interface Item {
  type: string;
  payload: { n?: number };
  idempotencyKey: string;
  priority?: number;
}

/** Takes every job whose `n` is not 13, and gives those of a known key the same id. */
const takeAll: Play = (seen, response) => {
  const { jobs } = JSON.parse(seen.body) as { jobs: Item[] };
  const results = jobs.map(({ payload, idempotencyKey }, index) =>
    payload?.n === 13
      ? {
          index,
          ok: false,
          error: { code: 'INVALID_PAYLOAD', message: 'no', issues: [{ path: '/payload/n', message: 'is 13' }] },
        }
      : { index, ok: true, job: aJob({ id: idempotencyKey }) },
  );
  answer(response, 200, { results });
};

async function setUp(play: Play = takeAll) {
  const server = await playServer({ 'POST /jobs/batch': play });
  onTestFinished(server.close);
  const home = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  return {
    server,
    env,
    ...home,
    items: () => server.to('POST /jobs/batch').flatMap((each) => (each.json() as { jobs: Item[] }).jobs),
    run: (line: string, input = '', more: Record<string, string> = {}) =>
      home.run(line.split(' '), { input, env: { ...env, ...more } }),
  };
}

const LINES = [
  '{"n":1}',
  '',
  '{bad',
  '{"payload":{"n":2},"options":{"priority":9}}',
  '{"n":13}',
  '{"payload":{"n":3},"options":{"prioritty":9}}',
  '{"payload":{"payload":1,"options":{}},"options":{}}',
  '{"payload":4}',
  '[5]',
].join('\n');

test('each line is a job or is refused alone, and the outcomes are in the order of the lines', async () => {
  const { run, items } = await setUp();
  const ran = await run('submit mail --batch - -o jsonl --idempotency-key K -Q post', LINES);
  expect(ran.code).toBe(6);
  const outcomes = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BatchOutcome);
  expect(outcomes.map(({ index, line, ok }) => [index, line, ok])).toEqual([
    [0, 1, true],
    [1, 3, false],
    [2, 4, true],
    [3, 5, false],
    [4, 6, false],
    [5, 7, true],
    [6, 8, true],
    [7, 9, true],
  ]);
  expect(ran.stderr).toContain('8 sent · 5 queued · 3 refused');
  expect(items()).toMatchObject([
    { type: 'mail', payload: { n: 1 }, queue: 'post', idempotencyKey: 'K 1' },
    { payload: { n: 2 }, priority: 9, idempotencyKey: 'K 4' },
    { payload: { n: 13 }, idempotencyKey: 'K 5' },
    { payload: { payload: 1, options: {} }, idempotencyKey: 'K 7' },
    { payload: { payload: 4 } },
    { payload: [5] },
  ]);
});

test('for people and pipes: refused lines with their number and reason on stderr, ids on stdout', async () => {
  const { run } = await setUp();
  const ran = await run('submit mail --batch - --idempotency-key K', LINES);
  expect(ran).toMatchObject({ code: 6, stdout: 'K 1\nK 4\nK 7\nK 8\nK 9\n' });
  expect(ran.stderr).toContain('✗ line 3: ');
  expect(ran.stderr).toContain('✗ line 5: no /payload/n is 13\n');
  expect(ran.stderr).toContain('✗ line 6: options has no prioritty. Did you mean priority?');
  expect(await run('submit mail --batch - -q', '{"n":1}\r\n\r\n{"n":2}')).toMatchObject({ code: 0, stderr: '' });
  expect(await run('submit mail --batch -', '')).toMatchObject({ code: 0, stdout: '' });
});

test('a batch that breaks off is exit 7 and says how to go on, with keys that make no job twice', async () => {
  const { run, items, folder } = await setUp((seen, response, nth) =>
    nth === 2 ? problem(response, 501, 'DOWN') : takeAll(seen, response, nth),
  );
  await writeFile(join(folder, 'jobs.ndjson'), '{"n":1}\n'.repeat(1_500));
  const ran = await run('submit mail --batch @jobs.ndjson');
  expect(ran.code).toBe(7);
  expect(ran.stdout.trim().split('\n')).toHaveLength(1_000);
  expect(ran.stderr).toContain('1000 sent · 1000 queued · 0 refused. It broke off after line 1000.');
  const again = /cloudtask (submit mail --batch @jobs.ndjson --idempotency-key \S+)/.exec(ran.stderr)?.[1] ?? '';
  const first = items().map(({ idempotencyKey }) => idempotencyKey);
  expect((await run(again)).code).toBe(0);
  const all = items().map(({ idempotencyKey }) => idempotencyKey);
  expect([first.length, all.length, new Set(all).size]).toEqual([1_500, 3_000, 1_500]);
});

test('lines that the server could not take just now are exit 7, not refused for good', async () => {
  const { run } = await setUp((_, response) =>
    answer(response, 200, {
      results: [{ index: 0, ok: false, error: { code: 'DATABASE_UNAVAILABLE', message: 'gone' } }],
    }),
  );
  const ran = await run('submit mail --batch -', '{"n":1}');
  expect(ran.code).toBe(7);
  expect(ran.stderr).toContain('1 of them may be taken later.');
  expect(ran.stderr).toContain('--idempotency-key');
});

test('Ctrl-C ends a batch that waits for its next line, and says how to go on', async () => {
  const { start, env, server } = await setUp();
  const child = start(['submit', 'mail', '--batch', '-'], { env });
  const ended = collect(child);
  for (let n = 0; n < 1_001; n++) child.stdin.write(`{"n":1}\n`);
  await eventually(() => server.to('POST /jobs/batch').length === 1);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const ran = await ended;
  expect(ran.code).toBe(130);
  expect(ran.stderr).toContain('1000 sent · 1000 queued · 0 refused. It broke off after line 1000.');
});

test('100,000 lines need no more memory than a few', { timeout: 60_000 }, async () => {
  const { folder, env, start } = await setUp((seen, response) => {
    const { jobs } = JSON.parse(seen.body) as { jobs: Item[] };
    const results = jobs.map((_, index) => ({ index, ok: true, job: aJob({ metadata: { pad: 'x'.repeat(500) } }) }));
    seen.body = '';
    answer(response, 200, { results });
  });
  await writeFile(join(folder, 'jobs.ndjson'), `{"text":"${'x'.repeat(500)}"}\n`.repeat(100_000));
  // 50 MB of lines in, 100 MB of jobs out, and room for a tenth of it.
  const child = start(['submit', 'mail', '--batch', '@jobs.ndjson', '-o', 'jsonl'], {
    env: { ...env, NODE_OPTIONS: '--max-old-space-size=48' },
  });
  let lines = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines++;
  });
  const [code] = (await once(child, 'close')) as [number];
  expect([code, lines]).toEqual([0, 100_000]);
});

test.each([
  ['--batch jobs.ndjson', 'Files are named with an @'],
  ['--batch @none.ndjson', 'cannot read none.ndjson'],
  ['--batch - --wait', 'a batch is not waited for'],
  ['--batch - --dry-run', 'a batch has no dry run'],
  ['--batch - --edit', '--edit is for one job'],
  ['--batch - to=x', 'fields are for one job'],
])('%s is refused with a sentence', async (flags, sentence) => {
  const { run, items } = await setUp();
  const ran = await run(`submit mail ${flags}`, '{"n":1}');
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(sentence);
  expect(items()).toEqual([]);
});

test('a line is the same text whatever ends it, however the stream is cut', async () => {
  const bytes = Buffer.from('\ufeff{"a":"é"}\r\n\n{"b":1}\n{"c":2}\r');
  const pieces = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
  const lines = [];
  for await (const line of batchLines(pieces)) lines.push(line);
  expect(lines).toEqual([
    { number: 1, text: '{"a":"é"}' },
    { number: 3, text: '{"b":1}' },
    { number: 4, text: '{"c":2}' },
  ]);
});
