import { createRegistry } from '@cloudtask/core/metrics';
import { heartbeat } from '@cloudtask/core/protocol/workers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { backlogMetrics } from '../../src/scheduler/backlog-metrics.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
beforeEach(async () => {
  await emptyTables(scheduling.database);
  await scheduling.pass(0);
});
afterAll(() => scheduling.close());

/** What a scheduler that has just started would answer, as lines without their common label. */
async function scrape(): Promise<string[]> {
  const registry = createRegistry({ application: 'test', processMetrics: false });
  backlogMetrics(registry, scheduling);
  return linesOf(await registry.metrics());
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.replace(/,?application="test"/, '').replace('{}', ''));
}

it('there is the default queue with zeros when nothing is there', async () => {
  expect(await scrape()).toEqual([
    'cloudtask_jobs{status="SCHEDULED"} 0',
    'cloudtask_jobs{status="PENDING"} 0',
    'cloudtask_jobs{status="RUNNING"} 0',
    'cloudtask_jobs{status="RETRYING"} 0',
    'cloudtask_queue_waiting_jobs{queue="default"} 0',
    'cloudtask_queue_oldest_job_age_seconds{queue="default"} 0',
    'cloudtask_queue_jobs_without_worker{queue="default"} 0',
    'cloudtask_workers{queue="default"} 0',
    'cloudtask_queue_paused{queue="default"} 0',
    'cloudtask_unhinted_jobs 0',
  ]);
});

it('jobs are counted by status and queue, with the age of the oldest and the workers that would take them', async () => {
  const { jobs } = scheduling;
  await jobs.submit({ queue: 'mail', hinted: false });
  await scheduling.pass(60_000);
  for (let n = 0; n < 2; n += 1) await jobs.submit({ queue: 'mail', hinted: false });
  await jobs.submit({ queue: 'mail', type: 'a.slip', hinted: false });
  await jobs.submit({ hinted: false });
  await jobs.submit({ hinted: true });
  await jobs.jobIn('SCHEDULED');
  await jobs.jobIn('RETRYING');
  await jobs.jobIn('COMPLETED');
  await scheduling.pass(30_000);
  const workerId = await scheduling.worker({ 'test.job': null }, { queue: 'mail' });
  await heartbeat(scheduling.database, {
    ...{ workerId, busy: 3, types: [{ type: 'test.job', meanMs: null }] },
    ...{ lastDeliveryAt: null, doneTokens: [] },
  });
  await scheduling.database.script(`
    insert into cloudtask.queue_pauses (queue, paused_at, paused_by) values ('shut', cloudtask.clock(), 'somebody')`);
  expect((await scrape()).sort()).toEqual([
    'cloudtask_jobs{status="PENDING"} 5',
    'cloudtask_jobs{status="RETRYING"} 1',
    'cloudtask_jobs{status="RUNNING"} 3',
    'cloudtask_jobs{status="SCHEDULED"} 1',
    'cloudtask_queue_jobs_without_worker{queue="default"} 1',
    'cloudtask_queue_jobs_without_worker{queue="mail"} 1',
    'cloudtask_queue_jobs_without_worker{queue="shut"} 0',
    'cloudtask_queue_oldest_job_age_seconds{queue="default"} 0',
    'cloudtask_queue_oldest_job_age_seconds{queue="mail"} 90',
    'cloudtask_queue_oldest_job_age_seconds{queue="shut"} 0',
    'cloudtask_queue_paused{queue="default"} 0',
    'cloudtask_queue_paused{queue="mail"} 0',
    'cloudtask_queue_paused{queue="shut"} 1',
    'cloudtask_queue_waiting_jobs{queue="default"} 1',
    'cloudtask_queue_waiting_jobs{queue="mail"} 4',
    'cloudtask_queue_waiting_jobs{queue="shut"} 0',
    'cloudtask_unhinted_jobs 5',
    'cloudtask_workers{queue="default"} 0',
    'cloudtask_workers{queue="mail"} 1',
    'cloudtask_workers{queue="shut"} 0',
  ]);
});

it('no more than a hundred queues become series, those with workers first', async () => {
  await scheduling.database.script(`
    insert into cloudtask.job_states (id, status, hinted, queue, type, rank, attempt_limit, updated_at)
    select gen_random_uuid(), 'PENDING', false, 'a' || n, 'test.job', 0, 5, cloudtask.clock()
      from generate_series(1, 150) n`);
  await scheduling.worker({ 'test.job': null }, { queue: 'zoo' });
  const queues = (await scrape()).filter((line) => line.startsWith('cloudtask_workers'));
  expect(queues).toHaveLength(100);
  expect(queues).toContain('cloudtask_workers{queue="zoo"} 1');
});

it('nothing is said, and the scrape succeeds, while the database is away', async () => {
  const registry = createRegistry({ application: 'test', processMetrics: false });
  const away = { query: () => Promise.reject(new Error('away')) };
  backlogMetrics(registry, { database: { ...scheduling.database, ...away } });
  expect(linesOf(await registry.metrics())).toEqual([]);
});
