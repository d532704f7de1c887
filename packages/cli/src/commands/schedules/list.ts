import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { scheduleKind } from '../../views/schedule-kind.ts';

export default class SchedulesList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list your schedules, and when each comes next';
  static override examples = [
    '<%= config.bin %> schedules list',
    '<%= config.bin %> schedules list --fields name,nextAt',
  ];
  static override aliases = ['schedules:ls'];
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/schedules$/);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(SchedulesList);
    const schedules = await this.client(flags).schedules.list({ limit: 100 }).toArray({ limit: 10_000 });
    answerList(out, schedules, scheduleKind, { fields: flags.fields, none: 'No schedules.' });
    if (schedules.length === 0)
      out.next('cloudtask schedules create nightly --type sleep --cron "0 2 * * *" seconds:=1');
  }
}
