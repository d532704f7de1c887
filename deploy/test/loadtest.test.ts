import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Embedded, startEmbedded } from '@cloudtask/server/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureLoad } from '../../scripts/loadtest/measure-load.ts';
import { parseCall } from '../../scripts/loadtest/parse-call.ts';
import { judge } from '../../scripts/loadtest/report.ts';
import { MIX, type ScenarioName, scenarios, scenarioWith } from '../../scripts/loadtest/scenarios.ts';
import { stepsOf } from '../../scripts/loadtest/steps.ts';
import { runK6Script } from './k6-stand-in/run-script.ts';

const folder = join(import.meta.dirname, '../../scripts/loadtest');
/** A second, and on a busy machine many. */
const START_MS = 60_000;
const names = Object.keys(scenarios) as ScenarioName[];

describe.concurrent('on a platform', () => {
  let dataDir: string;
  let platform: Embedded;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'cloudtask-loadtest-'));
    platform = await startEmbedded({ port: 0, dataDir });
  }, START_MS);
  afterAll(async () => {
    await platform?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(names)('the k6 script %s submits, reads and lists, and finds every accepted job finished', async (name) => {
    const ran = await runK6Script(join(folder, `${name}.ts`), { env: { BASE_URL: platform.url }, iterations: 3 });
    const load = ran.requests.filter((each) => MIX.some((kind) => kind === each.name));
    expect(load.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['list', 200],
      ['read', 200],
      ['submit', 201],
    ]);
    expect(ran.requests.filter(({ status }) => status >= 300)).toEqual([]);
    expect(ran.requests.filter(({ name }) => name === undefined)).toEqual([]);
    expect(ran.checks.filter(({ isPassed }) => !isPassed)).toEqual([]);
    expect(ran.checks.at(-1)).toMatchObject({ name: 'every accepted job is finished' });
    expect(ran.counters).toEqual({ cloudtask_jobs_accepted: 1 });
    expect(JSON.parse(ran.options)).toMatchObject({
      scenarios: { load: { executor: expect.stringMatching(/-arrival-rate$/), exec: 'request' } },
      thresholds: {
        'http_req_duration{name:submit}': [`p(95)<${scenarios[name].p95Ms}`],
        http_req_failed: ['rate==0'],
        checks: ['rate==1'],
        dropped_iterations: ['count==0'],
      },
    });
  });

  // Again when it fails: on a machine that is busy with other tests an answer may well come too late once.
  test('smoke without k6 ends with 0 and a table', { retry: 2, concurrent: false }, async () => {
    const { code, stdout } = await run('smoke', '--url', platform.url, '--duration', '1s');
    expect(stdout).toMatch(/accepted (\d+) · finished \1 .* · lost 0/);
    expect(stdout).not.toContain('✗');
    expect(stdout).toMatch(/^all +10 +0 /m);
    expect(code).toBe(0);
  });
});

describe.concurrent('on a server that breaks its word', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  test('answers 500 end with 1 and say which limits were crossed', async () => {
    const url = await start({ submit: 500 });
    const { code, stdout } = await run('smoke', '--url', url, '--duration', '1s');
    expect(stdout).toMatch(/^✗ \d requests failed, 0 may$/m);
    expect(code).toBe(1);
  });

  test('a job that was accepted and is not listed is lost', async () => {
    const url = await start({ listed: 'nothing' });
    const scenario = scenarioWith('smoke', { duration: '1s' });
    const load = await measureLoad({ url, scenario, jobType: 'email', signal: new AbortController().signal });
    expect(load.audited).toMatchObject({ completed: 0, lost: load.accepted });
    expect(crossed(judge(load, scenario))).toContainEqual(
      expect.stringMatching(/^0 of \d+ accepted jobs are completed/),
    );
  });

  test('an answer that takes more than a second counts as requests that were not sent in time', async () => {
    const url = await start({ listAfterMs: 1_200 });
    const scenario = scenarioWith('smoke', { rate: '3', duration: '1s' });
    const load = await measureLoad({ url, scenario, jobType: 'email', signal: new AbortController().signal });
    expect(load.dropped).toBeGreaterThan(0);
    expect(crossed(judge(load, scenario))).toContainEqual(expect.stringMatching(/could not be sent in time/));
  });

  test('a test that is stopped shows what it has, and says that nobody looked for the jobs', async () => {
    const stop = new AbortController();
    const url = await start({ onList: () => stop.abort() });
    const scenario = scenarioWith('smoke', { duration: '60s' });
    const load = await measureLoad({ url, scenario, jobType: 'email', signal: stop.signal });
    expect(load).toMatchObject({ isStopped: true, audited: undefined });
    expect(load.seconds).toBeLessThan(10);
  });

  interface Behaviour {
    submit?: number;
    listed?: 'nothing';
    listAfterMs?: number;
    onList?: () => void;
  }

  /** Knows just enough of the API to be tested, and accepts its first job. */
  async function start({ submit = 201, listed, listAfterMs = 0, onList }: Behaviour): Promise<string> {
    const ids: string[] = [];
    const server = createServer((request, response) => {
      const { method, url = '' } = request;
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (url === '/auth/login') answer(200, { token: 'session' });
      else if (url.startsWith('/auth/')) answer(201, { token: 'token' });
      else if (method === 'POST') {
        const id = crypto.randomUUID();
        answer(ids.push(id) === 1 ? 201 : submit, { id });
      } else if (url.startsWith('/jobs/')) answer(200, {});
      else {
        onList?.();
        const jobs = listed === 'nothing' ? [] : ids.map((id) => ({ id, status: 'COMPLETED' }));
        setTimeout(answer, listAfterMs, 200, jobs);
      }
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});

describe('what a call means', () => {
  test('a word that is nearly a scenario is asked about', () => {
    expect(parseCall(['stedy'])).toMatchObject({
      kind: 'wrong',
      why: expect.stringContaining('there is no scenario "stedy" – did you mean steady?'),
    });
    expect(parseCall([])).toMatchObject({ kind: 'wrong', why: expect.stringContaining('name one scenario: smoke') });
    expect(parseCall(['steady', '--rate', 'many'])).toMatchObject({ kind: 'wrong' });
    expect(parseCall(['steady', '--duration', '10 m'])).toMatchObject({ kind: 'wrong' });
    expect(parseCall(['steady', '--url', 'localhost'])).toMatchObject({ kind: 'wrong' });
  });

  test('another rate and duration change every stage, in proportion', () => {
    expect(scenarioWith('spike', { rate: '100', duration: '7m' })).toMatchObject({
      startRate: 10,
      stages: [
        { rate: 10, seconds: 60 },
        { rate: 100, seconds: 30 },
        { rate: 100, seconds: 180 },
        { rate: 10, seconds: 30 },
        { rate: 10, seconds: 120 },
      ],
    });
  });

  test('a rise is sent second by second', () => {
    const rise = {
      describe: '',
      startRate: 10,
      p95Ms: 1,
      stages: [
        { rate: 30, seconds: 2 },
        { rate: 30, seconds: 9 },
      ],
    };
    expect(stepsOf(rise)).toEqual([
      { startSecond: 0, seconds: 1, rate: 15 },
      { startSecond: 1, seconds: 1, rate: 25 },
      { startSecond: 2, seconds: 9, rate: 30 },
    ]);
  });

  test('steady promises 300 requests a second, 95 of 100 answered within 100 ms', () => {
    expect(scenarios.steady).toMatchObject({ startRate: 300, stages: [{ rate: 300 }], p95Ms: 100 });
  });
});

function crossed(verdicts: ReturnType<typeof judge>): string[] {
  return verdicts.filter(({ isMet }) => !isMet).map(({ says }) => says);
}

async function run(...args: string[]): Promise<{ code: number; stdout: string }> {
  const command = ['--conditions=source', join(folder, 'run.ts'), ...args];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command);
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, stdout };
  }
}
