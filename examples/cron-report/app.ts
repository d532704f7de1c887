import { CloudTask } from '@cloudtask/sdk';
import { nightly, scheduleReport } from './schedule-report.ts';

await using cloudtask = new CloudTask();
await scheduleReport(cloudtask, 'berlin');

// What the clocks do to it, told before it happens.
for (const from of ['2027-03-27T00:00:00+01:00', '2027-10-30T00:00:00+02:00']) {
  const { slots } = await cloudtask.schedules.preview({ ...nightly, from, count: 3 });
  for (const { local, note } of slots) console.log(note ? `${local}  ${note}` : local);
  console.log();
}
