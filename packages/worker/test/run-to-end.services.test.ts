import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPostgres } from '@cloudtask/core/database/postgres';
import { requestDrain } from '@cloudtask/core/protocol/drain-worker';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { describeServices } from '../../../test/support/services.ts';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import { openTestRabbitMq } from '../../core/test/broker/test-rabbitmq.ts';
import { TestPlatform } from './support/test-platform.ts';

const HANDLERS = `
const handler = (type, run) => ({ job: { type }, run });
export const ok = handler('ok', (n) => n);
export const other = handler('other', () => 'other');
export const slow = handler('slow', (ms, { sleep }) => sleep(ms).then(() => 'slept'));
export const again = handler('again', (_, { attempt }) => {
  if (attempt === 1) throw new Error('once more');
  return attempt;
});
`;

describeServices('a worker process that ends by itself', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  let database: TestDatabase;
  let platform: TestPlatform;
  let folder: string;
  let prefix: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    database = await createDatabase(urls.postgres);
    const db = await openPostgres({ url: database.url, applicationName: 'worker-test' });
    await migrate(db);
    const rabbit = await openTestRabbitMq(urls.rabbitmq);
    prefix = rabbit.prefix;
    platform = new TestPlatform({ database: db, broker: rabbit.broker, signals: openMemorySignals() }, database.url);
    await platform.settleReports();
    folder = await mkdtemp(join(tmpdir(), 'cloudtask-handlers-'));
    await writeFile(join(folder, 'handlers.mjs'), HANDLERS);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await platform.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  function start(...flags: string[]): { child: ChildProcess; ended: Promise<{ code: number | null; said: string }> } {
    const child = spawn(process.execPath, ['--conditions=source', BIN, '--handlers', folder, ...flags], {
      env: {
        ...process.env,
        CLOUDTASK_DATABASE_URL: database.url,
        CLOUDTASK_BROKER_URL: urls.rabbitmq,
        CLOUDTASK_SIGNALS_URL: urls.redis,
        CLOUDTASK_QUEUE_PREFIX: prefix,
        CLOUDTASK_METRICS_PORT: '0',
        CLOUDTASK_LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: folder,
    });
    children.push(child);
    const said = text(child.stdout as NonNullable<ChildProcess['stdout']>);
    return { child, ended: once(child, 'exit').then(async ([code]) => ({ code: code as number, said: await said })) };
  }
  const stateOfWorkers = () => platform.query<{ state: string }>('select state from cloudtask.workers order by id');

  it('runs with --once what is ready, offered or not, says how many that were, and opens no port', async () => {
    const ids = await platform.submitMany('ok', [1, 2, 3]);
    const [owed] = await platform.submitMany('ok', [4], { hinted: false });
    const { code, said } = await start('--once').ended;
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringMatching(/ready, .* runs what is ready and ends\n4 jobs ran: nothing is ready any more\n$/),
    });
    for (const id of [...ids, owed ?? ''])
      expect(await platform.job(id)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    expect(await stateOfWorkers()).toEqual([{ state: 'stopped' }]);
  });

  it('waits with --once for jobs that run longer than its grace', async () => {
    const id = await platform.submit('slow', 2_000);
    expect(await start('--once', '--shutdown-grace', '100ms').ended).toMatchObject({ code: 0 });
    expect(await platform.job(id)).toMatchObject({ status: 'COMPLETED', result: 'slept', fence: 1 });
  });

  it('loses no job that becomes ready again while it ends: it runs now, or the next time', async () => {
    const ids = await platform.submitMany('again', [1, 2, 3, 4, 5], {
      backoff: { type: 'fixed', delayMs: 0 } as never,
    });
    for (let round = 0; round < 5; round += 1) {
      await platform.query(
        `update cloudtask.job_states set status = 'PENDING', hinted = false, next_at = null where status = 'RETRYING'`,
      );
      expect((await start('--once').ended).code).toBe(0);
      if ((await platform.count('COMPLETED')) === ids.length) break;
    }
    for (const id of ids) expect(await platform.job(id)).toMatchObject({ status: 'COMPLETED', failures: 1, result: 2 });
  });

  it('ends with --only when nothing of these types is ready, and leaves the others alone', async () => {
    const [mine, others] = [await platform.submit('ok', 1), await platform.submitMany('other', [1, 2, 3])];
    expect(await start('--once', '--only', 'ok,slow').ended).toMatchObject({
      code: 0,
      said: expect.stringContaining('ready, 2 handlers') as string,
    });
    expect((await platform.job(mine)).status).toBe('COMPLETED');
    for (const id of others) expect(await platform.job(id)).toMatchObject({ status: 'PENDING', fence: 0 });
    expect((await start('--only', 'okk').ended).code).toBe(1);
  });

  it('ends after --max-jobs, when these have ended, and leaves the rest to others', async () => {
    const slow = await platform.submit('slow', 1_500);
    const ids = await platform.submitMany('ok', [1, 2, 3, 4, 5], { chunk: 1 });
    const { code, said } = await start('--max-jobs', '3', '--shutdown-grace', '100ms').ended;
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringMatching(/3 jobs ran: as many as it was to run\n$/),
    });
    const fences = await Promise.all([slow, ...ids].map(async (id) => (await platform.job(id)).fence));
    expect(fences.reduce((sum, fence) => sum + fence, 0)).toBe(3);
    expect((await platform.count('COMPLETED')) + (await platform.count('PENDING'))).toBe(6);
  });

  it('ends with 0 when it is drained, gives back what does not end within its grace, and says why', async () => {
    const { ended } = start('--shutdown-grace', '300ms');
    const id = await platform.submit('slow', 60_000);
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING', 30_000);
    const [worker] = await platform.query<{ id: number }>('select id from cloudtask.workers');
    await requestDrain(platform.parts.database, { workerId: worker?.id ?? 0, reason: 'kernel', requestedBy: 'ada' });
    const { code, said } = await ended;
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringContaining('an operator drained this worker (kernel)'),
    });
    expect(await platform.job(id)).toMatchObject({ status: 'PENDING', failures: 0, losses: 0 });
    expect(await stateOfWorkers()).toEqual([{ state: 'stopped' }]);
  });

  it('ends when it is drained while its broker is away, and loses nothing of what it ran', async () => {
    const proxy = await startTcpProxy(urls.rabbitmq);
    onTestFinished(() => proxy.close());
    const { ended } = start('--broker-url', proxy.url, '--shutdown-grace', '60s');
    const id = await platform.submit('slow', 3_000);
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING', 30_000);
    await proxy.refuse();
    proxy.cut();
    const [worker] = await platform.query<{ id: number }>('select id from cloudtask.workers');
    await requestDrain(platform.parts.database, { workerId: worker?.id ?? 0, reason: null, requestedBy: 'ada' });
    expect(await ended).toEqual({ code: 0, said: expect.stringContaining('1 job ran: an operator drained') as string });
    expect(await platform.job(id)).toMatchObject({ status: 'COMPLETED', result: 'slept', fence: 1 });
    expect(await stateOfWorkers()).toEqual([{ state: 'stopped' }]);
  }, 90_000);
});

const BIN = fileURLToPath(new URL('../src/bin/worker.ts', import.meta.url));
