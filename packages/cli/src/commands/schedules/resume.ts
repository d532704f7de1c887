import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { scheduleArg } from '../../schedules/schedule-flags.ts';
import { showSchedule } from '../../schedules/show-schedule.ts';

export default class SchedulesResume extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'make jobs of a paused schedule again';
  static override description = 'Its catch-up policy says what becomes of the slots of the pause. Fine to repeat.';
  static override examples = ['<%= config.bin %> schedules resume nightly'];
  static override args = scheduleArg;
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(SchedulesResume);
    const ct = this.client(flags);
    await showSchedule({ ct, out }, await ct.schedules.resume(args.schedule), 'is resumed');
  }
}
