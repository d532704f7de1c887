import { readdirSync } from 'node:fs';
import type { Job } from '@cloudtask/sdk/contract';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type Walk, walkReadme } from './walk-readme.ts';

test.each(['hello', 'email', 'cron-report'])(
  '%s does what its README shows',
  async (example) => {
    const walk = await walkReadme(example);
    await walk.rest();
  },
  120_000,
);

test('images goes on where a killed process had come to, and stops when it is cancelled', async () => {
  const walk = await walkReadme('images');
  await walk.next();
  await walk.next();
  const row = await eventually(() => rowOfLast(walk).then((at) => at > 0 && at), {
    timeoutMs: 60_000,
    intervalMs: 500,
  });
  const log = await walk.next();
  walk.replace('PID', /pid=(\d+)/.exec(log)?.[1] ?? 'none');
  const watched = await walk.next();
  const resumed = [...watched.matchAll(/begins at row (\d+)/g)].map(([, at]) => Number(at));
  expect(resumed).toHaveLength(2);
  expect(resumed[1]).toBeGreaterThanOrEqual(row);
  expect(readdirSync(`${walk.folder}/.cloudtask/pictures`).sort()).toEqual(['tiles-blurred.ppm', 'tiles.ppm']);
  await walk.rest();
}, 240_000);

/** A checkpoint is written within a second: what was told a look ago is saved. */
async function rowOfLast(walk: Walk): Promise<number> {
  const job = JSON.parse(await walk.type('cloudtask jobs show @last -o json')) as Job;
  return Number(/row (\d+)/.exec(job.progress?.message ?? '')?.[1] ?? 0);
}

test('csv-import finds the failures by their cause, and retries one before the others', async () => {
  const walk = await walkReadme('csv-import');
  await walk.next();
  await walk.next();
  const failures = await walk.next();
  walk.replace('CAUSE', /\b[0-9a-f]{12}\b/.exec(failures)?.[0] ?? 'none');
  await walk.rest();
}, 120_000);
