import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { scheduleArg } from '../../schedules/schedule-flags.ts';
import { showSchedule } from '../../schedules/show-schedule.ts';

export default class SchedulesPause extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'make no more jobs of a schedule';
  static override examples = ['<%= config.bin %> schedules pause nightly --reason "figures are being restated"'];
  static override args = scheduleArg;
  static override flags = { reason: Flags.string({ description: 'why; kept with the schedule' }) };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(SchedulesPause);
    const ct = this.client(flags);
    const { reason } = flags;
    const schedule = await ct.schedules.pause(args.schedule, reason === undefined ? {} : { reason });
    await showSchedule({ ct, out }, schedule, 'is paused');
    out.next(`cloudtask schedules resume ${schedule.name}`);
  }
}
