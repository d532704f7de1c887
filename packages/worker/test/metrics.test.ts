import { expose } from '@cloudtask/core/exposition';
import { createRegistry } from '@cloudtask/core/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { dueTimeOf } from '../src/due-time.ts';
import { workerMetrics } from '../src/metrics.ts';
import { claimedJob } from './support/claimed-job.ts';
import { TestPlatform } from './support/test-platform.ts';

const NO_EXTRAS = {
  ...{ backoff: null, tags: null, metadata: null, scheduledFor: null, previousScheduledFor: null, checkpoint: null },
  dueAt: null,
};

describe('the metrics of a worker', () => {
  it('are there before the first job, for each type that it runs', async () => {
    const registry = createRegistry({ application: 'test', processMetrics: false });
    workerMetrics(registry, {
      ...{ slots: 3, types: ['mail'], queues: ['default', 'mail'] },
      inProgress: () => 2,
      children: () => 0,
    });
    const { body } = await expose(registry, undefined);
    for (const line of [
      'worker_jobs_processed_total{type="mail",status="completed",application="test"} 0',
      'worker_jobs_processed_total{type="mail",status="failed",application="test"} 0',
      'worker_jobs_processed_total{type="mail",status="lost",application="test"} 0',
      'rabbitmq_publish_total{outcome="failure",application="test"} 0',
      'cloudtask_released_hints_total{why="no_handler",application="test"} 0',
      'cloudtask_quarantined_messages_total{queue="jobs.created.mail",application="test"} 0',
      'cloudtask_worker_slots{application="test"} 3',
      'cloudtask_jobs_in_progress{application="test"} 2',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
  });

  it('lead from a duration to the trace of the attempt, where it has one', async () => {
    const registry = createRegistry({ application: 'test', processMetrics: false });
    const metrics = workerMetrics(registry, {
      ...{ slots: 1, types: ['mail'], queues: ['default'] },
      inProgress: () => 0,
      children: () => 0,
    });
    metrics.ended('mail', 'completed', 20);
    metrics.ended('mail', 'completed', 400, '4bf92f3577b34da6a3ce929d0e0e4736');
    const { body } = await expose(registry, 'application/openmetrics-text');
    expect(body).toContain('{le="0.025",application="test",type="mail"} 1\n');
    expect(body).toContain(
      '{le="0.5",application="test",type="mail"} 2 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"}',
    );
  });
});

describe('the time from which a job has waited', () => {
  it.each([
    ['when it was submitted', { fence: 1, extras: null }, 1_000],
    ['its own time when it has one', { fence: 1, extras: { ...NO_EXTRAS, dueAt: '1970-01-01T00:00:09Z' } }, 9_000],
    ['not earlier than it was submitted', { fence: 1, extras: { ...NO_EXTRAS, dueAt: '1970-01-01T00:00:00Z' } }, 1_000],
    ['when it was to be tried again', { fence: 2, extras: { ...NO_EXTRAS, dueAt: '1970-01-01T00:01:00Z' } }, 60_000],
    ['unknown for an attempt that does not say', { fence: 2, extras: NO_EXTRAS }, undefined],
  ])('is %s', (_, job, dueAt) => {
    expect(dueTimeOf(claimedJob({ createdAtMs: 1_000, ...job }))).toBe(dueAt);
  });
});

describe('a worker', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
  });
  afterAll(() => platform.close());

  it('measures how long a job waited for it', async () => {
    const before = await platform.submit('quick');
    await platform.query(`update cloudtask.jobs set created_at = created_at - interval '20 s' where id = $1`, [before]);
    await platform.settleReports();
    await platform.worker({ quick: () => 'done' });
    await platform.finished(before);
    const { registry } = platform.parts;
    await eventually(async () =>
      (await registry.metrics()).includes('cloudtask_job_queue_wait_seconds_count{application="test",type="quick"} 1'),
    );
    const text = await registry.metrics();
    expect(text).toContain('cloudtask_job_queue_wait_seconds_bucket{le="15",application="test",type="quick"} 0');
    expect(text).toContain('cloudtask_job_queue_wait_seconds_bucket{le="30",application="test",type="quick"} 1');
  });
});
