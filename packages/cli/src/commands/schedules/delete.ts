import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { confirmFlag } from '../../guard-production.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { scheduleArg } from '../../schedules/schedule-flags.ts';
import { showSchedule } from '../../schedules/show-schedule.ts';

export default class SchedulesDelete extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'delete a schedule';
  static override description = 'The jobs that it made stay.';
  static override examples = ['<%= config.bin %> schedules delete nightly'];
  static override aliases = ['schedules:rm'];
  static override args = scheduleArg;
  static override flags = {
    'dry-run': Flags.boolean({ description: 'only show which one it would be' }),
    ...confirmFlag,
  };
  static override requests = printsChanges({
    'dry-run': 'A dry run deletes nothing; schedules show --curl prints what it reads.',
  });

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(SchedulesDelete);
    const ct = this.client(flags);
    const schedule = await ct.schedules.get(args.schedule);
    if (!flags['dry-run']) await ct.schedules.delete(schedule.id);
    const done = flags['dry-run'] ? 'would be deleted' : 'is deleted';
    await showSchedule({ ct, out }, { ...schedule, nextAt: null }, done);
  }
}
