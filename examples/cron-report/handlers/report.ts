import { defineHandler } from '@cloudtask/sdk';
import { salesReport } from '../jobs/report.ts';

const HOUR_MS = 3_600_000;

export default defineHandler(salesReport, ({ shop }, { job, log }) => {
  // Never the clock: a report that is late, or runs again, has to be about the same time. A job without a schedule ends now.
  const to = job.scheduledFor ?? job.createdAt;
  const from = job.previousScheduledFor ?? new Date(to.getTime() - 24 * HOUR_MS);
  const hours = (to.getTime() - from.getTime()) / HOUR_MS;
  log.info('adding up', { shop, from, to });
  return { from: from.toISOString(), to: to.toISOString(), hours };
});
