import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { usageError } from '../../errors/cli-error.ts';
import { sourceReader } from '../../read-source.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { scheduleChangesOf, scheduleFlags } from '../../schedules/schedule-flags.ts';
import { showSchedule } from '../../schedules/show-schedule.ts';
import { convertFor } from '../../submit/submission.ts';

export default class SchedulesCreate extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'make jobs by the clock';
  static override description =
    'Fields make the payload, as in submit. In a pipe the answer is the id alone. Policies are explained by: cloudtask docs schedules.';
  static override examples = [
    '<%= config.bin %> schedules create nightly --type report --cron "0 2 * * *" --tz Europe/Berlin scope=all',
    '<%= config.bin %> schedules create ping --type http --every 5m url=https://example.com',
  ];
  static override usage = 'schedules create NAME --type TYPE (--cron CRON | --every 5m) [FIELD...]';
  static override strict = false;
  static override args = {
    name: Args.string({ description: 'letters, digits and . _ - :', required: true, ignoreStdin: true }),
  };
  static override flags = {
    type: Flags.string({ char: 't', description: 'what kind of jobs', required: true }),
    ...scheduleFlags,
  };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(SchedulesCreate);
    const { cron, every } = flags;
    if (cron === undefined && every === undefined) throw usageError('when? Pass --cron or --every');
    const ct = this.client(flags);
    const convert = convertFor(this.types(ct), flags.type);
    const settings = await scheduleChangesOf(sourceReader(this.surroundings), flags, words.slice(1), { convert });
    const schedule = await ct.schedules.create({ ...settings, name: args.name, type: flags.type });
    await showSchedule({ ct, out }, schedule, 'is made');
    out.next(`cloudtask schedules trigger ${schedule.name}`);
  }
}
