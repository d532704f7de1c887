import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { usageError } from '../../errors/cli-error.ts';
import { sourceReader } from '../../read-source.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { scheduleArg, scheduleChangesOf, scheduleFlags } from '../../schedules/schedule-flags.ts';
import { showSchedule } from '../../schedules/show-schedule.ts';
import { convertFor } from '../../submit/submission.ts';

export default class SchedulesUpdate extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'change a schedule';
  static override description = 'Only what is given changes; fields are laid over the payload that it has.';
  static override examples = [
    '<%= config.bin %> schedules update nightly --cron "30 3 * * *"',
    '<%= config.bin %> schedules update nightly scope=part --overlap queue',
  ];
  static override usage = 'schedules update SCHEDULE [FIELD...]';
  static override strict = false;
  static override args = scheduleArg;
  static override flags = {
    name: Flags.string({ description: 'another name' }),
    type: Flags.string({ char: 't', description: 'another kind of jobs' }),
    ...scheduleFlags,
  };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(SchedulesUpdate);
    const ct = this.client(flags);
    const fields = words.slice(1);
    const needsPayload = fields.length > 0 || flags.field !== undefined || flags['json-field'] !== undefined;
    const known = needsPayload ? await ct.schedules.get(args.schedule) : undefined;
    const more = known && {
      base: known.payload,
      convert: convertFor(this.types(ct), flags.type ?? known.type),
    };
    const changes = {
      ...(await scheduleChangesOf(sourceReader(this.surroundings), flags, fields, more)),
      ...(flags.name !== undefined && { name: flags.name }),
      ...(flags.type !== undefined && { type: flags.type }),
    };
    if (Object.keys(changes).length === 0)
      throw usageError('what is to change?', { tryThis: 'cloudtask help schedules update' });
    await showSchedule({ ct, out }, await ct.schedules.update(args.schedule, changes), 'is changed');
  }
}
