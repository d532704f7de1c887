import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BatchResult } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registeredApi } from '../support/api.ts';
import { type Audit, installAudit } from '../support/audit.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { seeded } from '../support/seeded.ts';
import { describeServices } from '../support/services.ts';

const WORKERS = 3;
const ROUNDS = Number(process.env.CLOUDTASK_TEST_ROLLS ?? 2);
/** Shorter than many of the jobs, so that workers give back what they run. */
const GRACE = '300ms';

describeServices('a rolling restart', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const random = seeded();
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-rolling-'));
  const others: CloudTaskProcess[] = [];
  const workers: CloudTaskProcess[] = [];
  let env: Record<string, string>;
  let database: TestDatabase;
  let audit: Audit;

  beforeAll(async () => {
    database = await createDatabase(urls.postgres);
    env = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: urls.rabbitmq,
      CLOUDTASK_SIGNALS_URL: urls.redis,
      CLOUDTASK_QUEUE_PREFIX: `rolling-${crypto.randomUUID().slice(0, 8)}.`,
      CLOUDTASK_HANDLERS: join(import.meta.dirname, '../fixtures/handlers'),
      CLOUDTASK_SHUTDOWN_GRACE: GRACE,
      CLOUDTASK_PORT: '0',
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_CONCURRENCY: '10',
    };
    for (const name of ['job-service', 'results-processor', 'scheduler'] as const)
      others.push(await startService(name, env));
    for (let n = 0; n < WORKERS; n += 1) workers.push(await startService('worker', env));
    audit = await installAudit(database.url);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([...others, ...workers].map((service) => service.end('SIGKILL')));
    await audit?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test(`of ${WORKERS} workers under load burns no attempt and fails no job`, async () => {
    console.log(`seed ${random.seed} (CLOUDTASK_TEST_SEED repeats it)`);
    const api = await registeredApi(others[0]?.url ?? '');
    let isRolling = true;
    let submitted = 0;

    async function keepSubmitting(): Promise<void> {
      while (isRolling) {
        const jobs = Array.from({ length: 10 }, (_, i) => ({
          type: 'test.ledger',
          payload: { n: submitted + i, ms: 20 + random.below(1_500), file: join(folder, 'ledger') },
        }));
        const { results } = (await (await api.submitBatch(jobs)).json()) as { results: BatchResult[] };
        expect(results.every(({ ok }) => ok)).toBe(true);
        submitted += results.length;
        await pause(250);
      }
    }

    async function roll(): Promise<void> {
      for (let n = 0; n < ROUNDS * WORKERS; n += 1) {
        await workers.shift()?.end('SIGTERM');
        workers.push(await startService('worker', env));
      }
      isRolling = false;
    }

    await Promise.all([keepSubmitting(), roll()]);
    await eventually(async () => Object.keys(await audit.statuses()).every((status) => status === 'COMPLETED'), {
      timeoutMs: 90_000,
      intervalMs: 250,
      describe: async () => ({ statuses: await audit.statuses(), outputs: workers.map((each) => each.output()) }),
    });
    const [row] = await audit.query<{ jobs: number; burned: number; interrupted: number }>(`
      select count(*)::int as jobs, sum(failures + losses)::int as burned,
             (select count(*)::int from cloudtask.attempts where outcome = 'interrupted') as interrupted
        from cloudtask.job_states`);
    console.log(`jobs=${row?.jobs} interrupted=${row?.interrupted} attempts_burned=${row?.burned}`);
    expect(row).toMatchObject({ jobs: submitted, burned: 0 });
    // Else the workers had nothing to give back, and this shows nothing.
    expect(row?.interrupted).toBeGreaterThan(0);
  }, 240_000);
});
