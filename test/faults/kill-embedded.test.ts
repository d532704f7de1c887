import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Job } from '@cloudtask/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { apiWith, registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, spawnService, startService } from '../support/cloudtask.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { seeded } from '../support/seeded.ts';

const handlers = join(import.meta.dirname, '../fixtures/handlers');
let running: CloudTaskProcess | undefined;
const folders: string[] = [];

afterEach(async () => {
  await running?.end('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-embedded-'));
  folders.push(folder);
  return folder;
}

async function startEmbedded(dataDir: string, port: number): Promise<CloudTaskProcess> {
  const args = ['--port', String(port), '--data-dir', dataDir, '--handlers', handlers];
  running = await startService('embedded', {}, args);
  return running;
}

test('every job that was answered 201 is there and ends after kill -9 and restart', async () => {
  const random = seeded();
  console.log(`seed ${random.seed} (CLOUDTASK_TEST_SEED repeats it)`);
  const [dataDir, port] = [dataFolder(), await freePort()];
  const ledger = join(dataDir, 'ledger');
  let platform = await startEmbedded(dataDir, port);
  const { token } = await registeredApi(platform.url);
  const accepted = new Set<string>();

  for (let round = 1; round <= 4; round += 1) {
    const api = apiWith(platform.url, token);
    let isUp = true;
    const callers = Array.from({ length: 8 }, async () => {
      while (isUp) {
        const payload = { n: accepted.size, ms: random.below(50), file: ledger };
        const answer = await api.submit({ type: 'test.ledger', payload, maxAttempts: 20 }).catch(() => undefined);
        if (answer?.status === 201) accepted.add(((await answer.json()) as Job).id);
      }
    });
    await pause(500 + random.below(700));
    await platform.end('SIGKILL');
    isUp = false;
    await Promise.all(callers);
    platform = await startEmbedded(dataDir, port);
  }

  expect(accepted.size).toBeGreaterThan(50);
  const api = apiWith(platform.url, token);
  for (const id of accepted) {
    const ended = await eventually(
      async () => {
        const job = await api.job(id, '10s');
        return job.finishedAt !== null && job;
      },
      { timeoutMs: 60_000, describe: async () => api.job(id) },
    );
    expect(['COMPLETED', 'FAILED']).toContain(ended.status);
    if (ended.status === 'FAILED') expect(ended.reason).toBe('POISON');
  }
}, 180_000);

test('a second process on the same data directory refuses at once and names the holder', async () => {
  const dataDir = dataFolder();
  const first = await startEmbedded(dataDir, await freePort());
  const second = spawnService('embedded', {}, ['--port', '0', '--data-dir', dataDir]);
  await eventually(() => second.hasEnded(), { timeoutMs: 20_000, describe: () => second.output() });
  expect(second.output()).toContain(String(first.pid));
  expect(second.output()).toContain('CLOUDTASK_DATABASE_URL');
  expect((await fetch(`${first.url}/actuator/health`)).status).toBe(200);
}, 60_000);
