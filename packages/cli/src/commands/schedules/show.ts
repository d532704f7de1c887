import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { scheduleArg } from '../../schedules/schedule-flags.ts';
import { scheduleKind } from '../../views/schedule-kind.ts';

export default class SchedulesShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show one schedule, and what became of its newest slots';
  static override examples = ['<%= config.bin %> schedules show nightly'];
  static override args = scheduleArg;
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/schedules\/[^/]+$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(SchedulesShow);
    answerOne(out, await this.client(flags).schedules.get(args.schedule), scheduleKind, flags.fields);
  }
}
