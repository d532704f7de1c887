import { type CloudTask, ConflictError } from '@cloudtask/sdk';
import { salesReport } from './jobs/report.ts';

export const nightly = {
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  // In spring there is no 02:30 on one night: at 03:00 then. In autumn there are two: at the first.
  dstGap: 'after',
  dstOverlap: 'first',
} as const;

/** Fine to call at each start of the application: the schedule is there once, and as it is written here. */
export async function scheduleReport(cloudtask: CloudTask, shop: string): Promise<void> {
  const name = `sales-${shop}`;
  // A report that takes longer than a day does not run beside the next one: that one waits.
  const schedule = { ...nightly, onOverlap: 'queue', catchUp: 'latest', payload: { shop } } as const;
  try {
    await cloudtask.schedules.create({ ...schedule, name, job: salesReport });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await cloudtask.schedules.update(name, schedule);
  }
}
