import type { WorkerDetails, WorkerInfo } from '@cloudtask/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { answer, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';

const DRAIN = { requestedAt: '2026-11-23T12:00:00.000Z', reason: 'kernel update', requestedBy: 'ada@example.com' };

function worker(id: number, more: Partial<WorkerInfo> = {}): WorkerInfo {
  return {
    id,
    name: `web-${id}`,
    host: `${id}.example.com`,
    version: '1.4.2',
    state: 'live',
    queues: ['default'],
    types: ['email'],
    slots: 4,
    busy: 1,
    startedAt: '2026-11-20T12:00:00.000Z',
    heartbeatAt: '2026-11-23T12:00:00.000Z',
    lastDeliveryAt: null,
    deafSince: null,
    drain: null,
    ...more,
  };
}

function details(info: WorkerInfo, jobs: number, endedAt: string | null = null): WorkerDetails {
  const job = { id: '0199d0f4-0000-7000-8000-000000000001', type: 'email', queue: 'default', attempt: 1 };
  const running = Array.from({ length: jobs }, () => ({ ...job, startedAt: info.heartbeatAt }));
  return { ...info, pid: 1, endedAt, lanes: [{ queues: ['default'], slots: 4 }], running };
}

/** `seen`: what each look at a worker that drains finds; the last one again and again. */
async function setUp(
  workers: WorkerInfo[],
  { gone = [], seen = [] }: { gone?: WorkerInfo[]; seen?: WorkerDetails[] } = {},
) {
  const server = await playServer({
    'GET /workers': ({ query }, response) => answer(response, 200, query.has('all') ? [...workers, ...gone] : workers),
    ...Object.fromEntries(
      workers.flatMap((each) => [
        [
          `POST /workers/${each.id}/drain`,
          (_: unknown, response: Parameters<typeof answer>[0]) =>
            answer(response, 200, { ...each, state: 'draining', drain: DRAIN }),
        ],
        [
          `GET /workers/${each.id}`,
          (_: unknown, response: Parameters<typeof answer>[0], nth: number) => {
            const look = seen[Math.min(nth, seen.length) - 1];
            return look ? answer(response, 200, look) : problem(response, 404, 'WORKER_NOT_FOUND');
          },
        ],
      ]),
    ),
  });
  onTestFinished(server.close);
  const home = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  const ct = (...args: string[]) => home.run(['workers', 'drain', ...args], { env });
  return {
    server,
    ct,
    drained: () => server.requests.filter(({ method }) => method === 'POST').map(({ path }) => path),
  };
}

test('drains a worker by its name, its id or its host, with the reason', async () => {
  const { ct, drained, server } = await setUp([worker(7), worker(8)]);
  expect(await ct('web-7', '--reason', 'kernel update', '-o', 'human')).toMatchObject({
    code: 0,
    stdout: '✓ web-7 (7) drains: it takes no more jobs, and ends when those that it runs have ended\n',
  });
  expect(JSON.parse(server.to('POST /workers/7/drain')[0]?.body ?? '')).toEqual({ reason: 'kernel update' });
  expect(await ct('8', '-o', 'id')).toMatchObject({ code: 0, stdout: 'web-8\n' });
  const { stdout } = await ct('8.example.com', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ id: 8, state: 'draining', drain: DRAIN });
  expect(drained()).toEqual(['/workers/7/drain', '/workers/8/drain', '/workers/8/drain']);
});

test('of a name that a restart has given twice it means the worker that takes jobs', async () => {
  const name = 'web-1';
  const { ct, drained } = await setUp([worker(9, { name }), worker(8, { name, state: 'draining' })]);
  expect((await ct(name)).code).toBe(0);
  expect(drained()).toEqual(['/workers/9/drain']);
});

test('of several that take jobs it asks for the id, and drains none', async () => {
  const name = 'web-1';
  const { ct, drained } = await setUp([worker(9, { name }), worker(8, { name })]);
  const ran = await ct(name);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain('2 workers are web-1');
  expect(ran.stderr).toContain('9 (9.example.com, 1 of 4 slots busy), 8 (8.example.com, 1 of 4 slots busy)');
  expect(drained()).toEqual([]);
});

test('one that is gone or was never there is exit 5, with the name that was meant', async () => {
  const { ct, drained } = await setUp([worker(7)], { gone: [worker(3, { state: 'stopped' })] });
  const [gone, typo] = [await ct('web-3'), await ct('wbe-7')];
  expect(gone).toMatchObject({ code: 5, stdout: '' });
  expect(gone.stderr).toContain('web-3 (3) has ended: it is stopped');
  expect(typo).toMatchObject({ code: 5, stdout: '' });
  expect(typo.stderr).toContain('Did you mean web-7?');
  expect(drained()).toEqual([]);
});

test('--wait says how many jobs are left, and ends with the worker', async () => {
  const draining = worker(7, { state: 'draining', drain: DRAIN });
  const stopped = details(worker(7, { state: 'stopped', drain: DRAIN }), 0, '2026-11-23T12:01:00.000Z');
  const { ct } = await setUp([worker(7)], { seen: [details(draining, 2), details(draining, 1), stopped] });
  const ran = await ct('web-7', '--wait', '-o', 'human');
  expect(ran).toMatchObject({ code: 0, stdout: '✓ web-7 (7) has ended\n' });
  expect(ran.stderr).toMatch(/web-7 drains: 2 jobs left\n.*web-7 drains: 1 job left\n/s);
});

test('--wait says so when the worker died meanwhile', async () => {
  const dead = details(worker(7, { state: 'dead', drain: DRAIN }), 0, '2026-11-23T12:01:00.000Z');
  const { ct } = await setUp([worker(7)], { seen: [dead] });
  expect(await ct('web-7', '--wait', '-o', 'human')).toMatchObject({
    code: 0,
    stdout: '! web-7 (7) was lost while it drained: the jobs that it ran run again elsewhere\n',
  });
});

test('--timeout is exit 8, and the worker goes on draining', async () => {
  const { ct } = await setUp([worker(7)], { seen: [details(worker(7, { state: 'draining', drain: DRAIN }), 3)] });
  const ran = await ct('web-7', '--wait', '--timeout', '1s');
  expect(ran).toMatchObject({ code: 8, stdout: '' });
  expect(ran.stderr).toContain('It goes on draining: 3 jobs left.');
  expect((await ct('web-7', '--timeout', '1s')).code).toBe(2);
});
