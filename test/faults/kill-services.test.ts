import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { LEGAL_MOVES } from '@cloudtask/core/protocol/states';
import { findViolations } from '@cloudtask/core/protocol/violations';
import type { BatchResult, Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiWith, registeredApi } from '../support/api.ts';
import { type Audit, installAudit } from '../support/audit.ts';
import { type CloudTaskProcess, type ServiceName, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { seeded } from '../support/seeded.ts';
import { describeServices } from '../support/services.ts';

const KILLS = Number(process.env.CLOUDTASK_TEST_KILLS ?? 10);
const JOBS = Number(process.env.CLOUDTASK_TEST_JOBS ?? 1_000);
const SERVICES = ['worker', 'scheduler', 'results-processor', 'job-service'] as const;

describeServices('services that are killed', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const random = seeded();
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-kills-'));
  const ledger = join(folder, 'ledger');
  const running = new Map<ServiceName, CloudTaskProcess>();
  let database: TestDatabase;
  let audit: Audit;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await createDatabase(urls.postgres);
    env = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: urls.rabbitmq,
      CLOUDTASK_SIGNALS_URL: urls.redis,
      CLOUDTASK_QUEUE_PREFIX: `kills-${crypto.randomUUID().slice(0, 8)}.`,
      CLOUDTASK_HANDLERS: join(import.meta.dirname, '../fixtures/handlers'),
      CLOUDTASK_PORT: String(await freePort()),
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_CONCURRENCY: '20',
      CLOUDTASK_DATA_DIR: folder,
    };
    for (const name of SERVICES) running.set(name, await startService(name, env));
    audit = await installAudit(database.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...running.values()].map((service) => service.end('SIGKILL')));
    await audit?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  async function killAndRestart(name: ServiceName): Promise<void> {
    await running.get(name)?.end('SIGKILL');
    running.set(name, await startService(name, env));
  }

  test(`lose no job of ${JOBS}, end each once and keep every invariant, over ${KILLS} kills of each`, async () => {
    console.log(`seed ${random.seed} (CLOUDTASK_TEST_SEED repeats it)`);
    const url = running.get('job-service')?.url ?? '';
    const { token } = await registeredApi(url);
    const api = apiWith(url, token);
    const accepted = new Map<string, number>();
    const kills = SERVICES.flatMap((name) => Array.from({ length: KILLS }, () => name));
    let isKilling = true;

    // The job-service is killed too: a submit whose answer is lost is sent again with its key, until it is answered.
    async function submitAll(): Promise<void> {
      for (let from = 0; from < JOBS; from += 10) {
        const jobs = Array.from({ length: Math.min(10, JOBS - from) }, (_, i) => newJob(from + i));
        const results = await eventually(() => batch(jobs), { timeoutMs: 60_000, intervalMs: 100 });
        for (const result of results) if (result.ok) accepted.set(result.job.id, from + result.index);
        while (isKilling && from > (JOBS * 3) / 4) await pause(20);
        await pause(30);
      }
    }

    function newJob(n: number): object {
      const payload = { n, ms: 20 + random.below(200), failures: random.below(10) === 0 ? 1 : 0, file: ledger };
      const backoff = { kind: 'fixed', delay: '100ms' };
      return { type: 'test.ledger', payload, backoff, maxAttempts: 10, idempotencyKey: `${random.seed}-${n}` };
    }

    async function batch(jobs: readonly object[]): Promise<BatchResult[] | null> {
      const answer = await api.submitBatch(jobs);
      if (answer.status >= 500) return null;
      const { results } = (await answer.json()) as { results: BatchResult[] };
      expect(results.filter((result) => !result.ok)).toEqual([]);
      return results;
    }

    async function killAll(): Promise<void> {
      while (kills.length > 0) {
        const [name] = kills.splice(random.below(kills.length), 1);
        if (name) await killAndRestart(name);
        await pause(random.below(300));
      }
      isKilling = false;
    }

    await Promise.all([submitAll(), killAll()]);
    expect(accepted.size).toBe(JOBS);
    await eventually(
      async () => Object.keys(await audit.statuses()).every((status) => /COMPLETED|FAILED/.test(status)),
      {
        timeoutMs: 90_000,
        intervalMs: 500,
        describe: async () => ({
          statuses: await audit.statuses(),
          outputs: [...running.values()].map((each) => each.output()),
        }),
      },
    );

    expect(await audit.endedTwice()).toEqual([]);
    expect(await audit.illegalMoves(LEGAL_MOVES)).toEqual([]);
    await expectNoViolations(database.url);
    await expectResultsOf(accepted);
  }, 300_000);

  async function expectResultsOf(accepted: ReadonlyMap<string, number>): Promise<void> {
    const rows = await audit.query<{
      id: string;
      status: Job['status'];
      reason: string;
      result: unknown;
      attempt: number;
    }>(`select id, status::text, reason, result, failures + losses + 1 as attempt from cloudtask.job_states`);
    expect(rows.length).toBe(accepted.size);
    const starts = startsOf(readFileSync(ledger, 'utf8'));
    for (const { id, status, reason, result, attempt } of rows) {
      const n = accepted.get(id);
      expect(n, `${id} is in the database and was acknowledged`).toBeDefined();
      // A worker that was killed three times while it ran this job makes it POISON: that is its right end.
      if (status === 'FAILED') expect(reason).toBe('POISON');
      else expect(result).toEqual({ n, attempt });
      expect(starts.get(id) ?? 0, `${id} was started`).toBeGreaterThan(0);
      expect(starts.get(id) ?? 0, `${id} was not started more often than it may`).toBeLessThanOrEqual(10);
    }
  }
});

async function expectNoViolations(databaseUrl: string): Promise<void> {
  const database = await openDatabase({ url: databaseUrl, applicationName: 'kill-services-test' });
  expect(await findViolations(database)).toEqual([]);
  await database.close();
}

function startsOf(ledger: string): Map<string, number> {
  const starts = new Map<string, number>();
  for (const line of ledger.split('\n')) {
    const [what, id] = line.split(' ');
    if (what === 'start' && id) starts.set(id, (starts.get(id) ?? 0) + 1);
  }
  return starts;
}
