import type { CloudTask } from '@cloudtask/sdk';
import { createTestClient } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import handler from './handlers/report.ts';
import { salesReport } from './jobs/report.ts';
import { scheduleReport } from './schedule-report.ts';

async function reports(cloudtask: CloudTask): Promise<(number | undefined)[]> {
  const jobs = await cloudtask.jobs.list({ type: salesReport.type, order: 'oldest' }).toArray({ limit: 100 });
  return jobs.map(({ result }) => (result as { hours: number } | null)?.hours);
}

test.each([
  { season: 'spring', now: '2027-03-26T12:00:00+01:00', hours: [24, 23.5, 23.5, 24] },
  { season: 'autumn', now: '2027-10-29T12:00:00+02:00', hours: [24, 24, 25, 24] },
])('the nights of the clock change in $season have a report each, without a gap between', async ({ now, hours }) => {
  await using cloudtask = createTestClient({ handlers: [handler], mode: 'inline', now: new Date(now) });
  await scheduleReport(cloudtask, 'berlin');
  await cloudtask.clock.advance('4d');
  expect(await reports(cloudtask)).toEqual(hours);
});

test('a report that has not ended makes the next one wait, and only the next one', async () => {
  const now = new Date('2027-05-01T00:00:00Z');
  await using cloudtask = createTestClient({ handlers: [handler], now });
  await scheduleReport(cloudtask, 'berlin');
  await cloudtask.clock.advance('3d');
  expect(await cloudtask.enqueued(salesReport)).toHaveLength(1);
  const { recentSlots, waitingSlot } = await cloudtask.schedules.get('sales-berlin');
  expect(waitingSlot).toBe('2027-05-02T00:30:00.000Z');
  expect(recentSlots.map(({ outcome }) => outcome)).toEqual(['overlap', 'fired']);
});

test('a schedule that is there already is brought up to date', async () => {
  await using cloudtask = createTestClient({ mode: 'record' });
  await scheduleReport(cloudtask, 'berlin');
  await scheduleReport(cloudtask, 'berlin');
  expect((await cloudtask.schedules.list()).data).toMatchObject([{ name: 'sales-berlin', cron: '30 2 * * *' }]);
});
