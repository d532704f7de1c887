import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPostgres } from '@cloudtask/core/database/postgres';
import { rescueJobsOf, suspectWorkers } from '@cloudtask/core/protocol/rescue';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { describeServices } from '../../../test/support/services.ts';
import { openTestRabbitMq } from '../../core/test/broker/test-rabbitmq.ts';
import { TestPlatform } from './support/test-platform.ts';

const HANDLERS = `
const handler = (type, run) => ({ job: { type }, run });
export const ok = handler('ok', () => 'fine');
export const block = handler('block', () => { for (;;); });
export const busy = handler('busy', (ms) => { const end = Date.now() + ms; while (Date.now() < end); return 'done'; });
export const wait = handler('wait', () => new Promise(() => {}));
`;

describeServices('the worker process', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  let database: TestDatabase;
  let platform: TestPlatform;
  let folder: string;
  let child: ChildProcess;
  let port: number;
  let output = '';

  beforeEach(async () => {
    database = await createDatabase(urls.postgres);
    const db = await openPostgres({ url: database.url, applicationName: 'worker-test' });
    await migrate(db);
    const { broker, prefix } = await openTestRabbitMq(urls.rabbitmq);
    platform = new TestPlatform({ database: db, broker, signals: openMemorySignals() }, database.url);
    await platform.settleReports();
    folder = await mkdtemp(join(tmpdir(), 'cloudtask-handlers-'));
    await writeFile(join(folder, 'handlers.mjs'), HANDLERS);
    port = await freePort();
    output = '';
    child = spawn(process.execPath, ['--conditions=source', BIN, '--handlers', folder, '--shutdown-grace', '300ms'], {
      env: {
        ...process.env,
        CLOUDTASK_DATABASE_URL: database.url,
        CLOUDTASK_BROKER_URL: urls.rabbitmq,
        CLOUDTASK_SIGNALS_URL: urls.redis,
        CLOUDTASK_QUEUE_PREFIX: prefix,
        CLOUDTASK_METRICS_PORT: String(port),
      },
      cwd: folder,
    });
    const keep = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await eventually(() => output.includes('worker ready'), { describe: () => output, timeoutMs: 20_000 });
  });
  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await platform.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('runs jobs, shows metrics and readiness, and gives back what runs when it is told to stop', async () => {
    const id = await platform.submit('ok');
    expect((await platform.finished(id)).result).toBe('fine');
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/worker_jobs_processed_total\{type="ok",status="completed",application="worker"\} 1/);
    expect(metrics).toContain('cloudtask_worker_slots');
    expect((await fetch(`http://127.0.0.1:${port}/health/readiness`)).status).toBe(200);

    const waiting = await platform.submit('wait');
    await platform.jobWhen(waiting, ({ status }) => status === 'RUNNING');
    child.kill('SIGTERM');
    const [exitCode] = await once(child, 'exit');
    expect(exitCode, output).toBe(0);
    expect(await platform.job(waiting)).toMatchObject({ status: 'PENDING', failures: 0, losses: 0 });
  });

  it('keeps its lease while a handler keeps it busy, and is not ended before the deadline', async () => {
    const id = await platform.submit('busy', 8_000, { timeoutMs: 60_000 });
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    const suspects: unknown[] = [];
    await eventually(
      async () => {
        suspects.push(...(await suspectWorkers(platform.parts.database)));
        return (await platform.job(id)).status === 'COMPLETED';
      },
      { timeoutMs: 15_000, intervalMs: 500 },
    );
    expect(suspects).toEqual([]);
  });

  it('ends itself when a handler blocks it past its deadline and the grace, so that its jobs go on elsewhere', async () => {
    const id = await platform.submit('block', null, { timeoutMs: 1_000 });
    const [, signal] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
    expect(signal).toBe('SIGKILL');
    expect(output).toContain('a handler blocks this process past its deadline');
    const [worker] = await platform.query<{ id: number }>('select id from cloudtask.workers');
    await rescueJobsOf(platform.parts.database, worker?.id as number);
    expect(await platform.job(id)).toMatchObject({ status: 'PENDING', losses: 1 });
  });
});

const BIN = fileURLToPath(new URL('../src/bin/worker.ts', import.meta.url));
