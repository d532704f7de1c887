import { submitJobs } from '@cloudtask/core/protocol/submit';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AGEING_MS, newJob, USER } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { publishDue } from '../../src/scheduler/publish-due.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
beforeEach(async () => {
  await emptyTables(scheduling.database);
  await scheduling.pass(0);
});
afterEach(async () => expect(await findViolations(scheduling.database)).toEqual([]));
afterAll(() => scheduling.close());

it('makes a job PENDING when it is due, not before, and rings for its owner and the dispatcher', async () => {
  const id = await scheduling.jobs.submit({ delayMs: 100, queue: 'mail' });
  expect(await publishDue(scheduling)).toEqual({ inMs: 100 });
  expect(await scheduling.jobs.status(id)).toBe('SCHEDULED');
  expect(await scheduling.rung('jobs')).toEqual([]);
  await scheduling.pass(100);
  await publishDue(scheduling);
  expect(await scheduling.jobs.state(id)).toMatchObject({ status: 'PENDING', hinted: false });
  expect(await scheduling.rung('jobs')).toEqual([{ id, userId: USER }]);
  expect(await scheduling.rung('backlog')).toEqual([{ id: 'mail' }]);
});

it('ends a job that did not start in time, and wakes no dispatcher for it', async () => {
  const id = await scheduling.jobs.submit({ ttlMs: 1_000 });
  await scheduling.pass(1_000);
  await publishDue(scheduling);
  expect(await scheduling.jobs.status(id)).toBe('EXPIRED');
  expect(await scheduling.rung('jobs')).toEqual([{ id, userId: USER }]);
  expect(await scheduling.rung('backlog')).toEqual([]);
});

it('comes again when the next timer is due, within a quarter of a second, and never without a pause', async () => {
  expect(await publishDue(scheduling)).toEqual({ inMs: 250 });
  await scheduling.jobs.submit({ delayMs: 60_000 });
  expect(await publishDue(scheduling)).toEqual({ inMs: 250 });
  await scheduling.jobs.submit({ delayMs: 3 });
  expect(await publishDue(scheduling)).toEqual({ inMs: 10 });
});

it('goes on at once while a full batch was due', async () => {
  const jobs = Array.from({ length: 501 }, () => newJob({ delayMs: 1_000 }));
  await submitJobs(scheduling.database, jobs, AGEING_MS);
  await scheduling.pass(1_000);
  expect(await publishDue(scheduling)).toEqual({ inMs: 0 });
  expect(await publishDue(scheduling)).toEqual({ inMs: 250 });
  expect(await scheduling.rung('jobs')).toHaveLength(501);
  expect(await scheduling.rung('backlog')).toHaveLength(2);
});
