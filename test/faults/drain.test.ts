import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, WorkerDetails, WorkerInfo } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Api, registeredApi } from '../support/api.ts';
import { type Audit, installAudit } from '../support/audit.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { describeServices } from '../support/services.ts';

describeServices('draining a worker', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-drain-'));
  const processes: CloudTaskProcess[] = [];
  let env: Record<string, string>;
  let database: TestDatabase;
  let audit: Audit;
  let api: Api;
  let file: string;
  let gate: string;

  beforeAll(async () => {
    database = await createDatabase(urls.postgres);
    env = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: urls.rabbitmq,
      CLOUDTASK_SIGNALS_URL: urls.redis,
      CLOUDTASK_QUEUE_PREFIX: `drain-${crypto.randomUUID().slice(0, 8)}.`,
      CLOUDTASK_HANDLERS: join(import.meta.dirname, '../fixtures/handlers'),
      CLOUDTASK_PORT: '0',
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_CONCURRENCY: '2',
      // Its jobs run until the test lets them end.
      CLOUDTASK_SHUTDOWN_GRACE: '10m',
    };
    for (const name of ['job-service', 'results-processor', 'scheduler'] as const)
      processes.push(await startService(name, env));
    audit = await installAudit(database.url);
    api = await registeredApi(processes[0]?.url ?? '');
    await audit.query('update cloudtask.users set is_operator = true');
  }, 120_000);
  beforeEach(async ({ task }) => {
    file = join(folder, task.id);
    gate = `${file}.gate`;
    await audit.query('truncate cloudtask.jobs, cloudtask.job_states');
  });
  afterAll(async () => {
    await Promise.all(processes.map((service) => service.end('SIGKILL')));
    await audit?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function startWorker(name: string): Promise<CloudTaskProcess & { id: number }> {
    const worker = await startService('worker', { ...env, CLOUDTASK_WORKER_NAME: name });
    processes.push(worker);
    const workers = await read<WorkerInfo[]>('/workers');
    return Object.assign(worker, { id: workers.find((each) => each.name === name)?.id ?? 0 });
  }

  async function read<Body>(path: string): Promise<Body> {
    const authorization = `Bearer ${api.token}`;
    return (await (await fetch(`${processes[0]?.url}${path}`, { headers: { authorization } })).json()) as Body;
  }
  const workerNow = (id: number) => read<WorkerDetails>(`/workers/${id}`);

  async function submit(count: number, type: 'test.gated' | 'test.ledger'): Promise<string[]> {
    const jobs = Array.from({ length: count }, (_, n) => ({ type, payload: { n, ms: 20, file, gate } }));
    const { results } = (await (await api.submitBatch(jobs)).json()) as { results: { job: Job }[] };
    return results.map(({ job }) => job.id);
  }
  const allRun = (ids: readonly string[]) =>
    eventually(
      async () => (await Promise.all(ids.map((id) => api.job(id)))).every(({ status }) => status === 'RUNNING'),
      {
        timeoutMs: 60_000,
        describe: async () => ({
          jobs: await Promise.all(ids.map((id) => api.job(id))),
          outputs: processes.map((each) => each.output()),
        }),
      },
    );
  const completed = (ids: readonly string[]) =>
    eventually(async () => (await audit.statuses())['COMPLETED'] === ids.length, {
      timeoutMs: 60_000,
      describe: () => audit.statuses(),
    });
  const ended = (id: number) =>
    eventually(async () => (await workerNow(id)).state === 'stopped', { timeoutMs: 60_000 });
  const lines = (what: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${what} `));

  test('ends what it runs, leaves what waits to others, and loses and doubles nothing', async () => {
    const [one, long] = [await startWorker('web-1'), await submit(2, 'test.gated')];
    await allRun(long);
    const short = await submit(20, 'test.ledger');
    const answer = await api.post(`/workers/${one.id}/drain`, { reason: 'kernel update' });
    expect([answer.status, ((await answer.json()) as WorkerInfo).state]).toEqual([200, 'draining']);
    const { state, running } = await workerNow(one.id);
    expect({ state, running: running.map(({ id }) => id).sort() }).toEqual({ state: 'draining', running: long.sort() });
    await startWorker('web-2');
    await completed(short);
    writeFileSync(gate, '');
    await completed([...long, ...short]);
    await ended(one.id);
    await eventually(() => one.output().includes('2 jobs ran: an operator drained this worker (kernel update)'));
    expect(await workerNow(one.id)).toMatchObject({ running: [], drain: { reason: 'kernel update' } });
    expect([lines('start').length, lines('done').length]).toEqual([22, 22]);
    const [row] = await audit.query(
      'select sum(failures + losses)::int as burned, max(fence)::int as fence from cloudtask.job_states',
    );
    expect(row).toEqual({ burned: 0, fence: 1 });
    expect(await audit.endedTwice()).toEqual([]);
    expect((await api.post(`/workers/${one.id}/drain`)).status).toBe(404);
  }, 300_000);

  test('killed in the middle of it, leaves its job to others too, and is not counted on meanwhile', async () => {
    const [two] = (await read<WorkerInfo[]>('/workers')).filter(({ name }) => name === 'web-2');
    await api.post(`/workers/${two?.id}/drain`);
    await ended(two?.id ?? 0);
    const three = await startWorker('web-3');
    const long = await submit(1, 'test.gated');
    await allRun(long);
    await api.post(`/workers/${three.id}/drain`);
    const heard = () => audit.query<{ state: string }>('select state from cloudtask.workers where id = $1', [three.id]);
    await eventually(async () => (await heard())[0]?.state === 'stopping', { timeoutMs: 30_000 });
    const [waiting] = await submit(1, 'test.ledger');
    expect(JSON.stringify(await read(`/jobs/${waiting}/explain`))).toContain('No worker is online');
    await three.end('SIGKILL');
    writeFileSync(gate, '');
    await startWorker('web-4');
    await completed([...long, waiting ?? '']);
    expect(await api.job(long[0] ?? '')).toMatchObject({ attempt: 2, result: { attempt: 2 } });
    expect([lines('start').length, lines('done').length]).toEqual([3, 2]);
    expect(await workerNow(three.id)).toMatchObject({ state: 'dead', running: [] });
    expect(await audit.endedTwice()).toEqual([]);
  }, 300_000);
});
