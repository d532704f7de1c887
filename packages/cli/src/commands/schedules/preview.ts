import type { SchedulePreview, SlotPreview } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { usageError } from '../../errors/cli-error.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import type { Output } from '../../output/output.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { timingFlags, timingOf } from '../../schedules/schedule-flags.ts';
import { printable } from '../../views/printable.ts';
import { zonedTime } from '../../views/time.ts';

export default class SchedulesPreview extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show the next times of a cron expression, and what clock changes do to them';
  static override description =
    'Nothing is stored. In a pipe: the time in UTC, the local time and the note, separated by tabs.';
  static override examples = [
    '<%= config.bin %> schedules preview "30 2 * * *" --tz Europe/Berlin --from 2027-03-26T12:00:00Z -n 3',
    '<%= config.bin %> schedules preview --every 90m',
  ];
  static override args = { cron: Args.string({ description: 'same as --cron', ignoreStdin: true }) };
  static override flags = {
    ...timingFlags,
    from: Flags.string({ description: 'times after this one (default now)', helpValue: '2027-03-26T12:00:00Z' }),
    count: Flags.integer({ char: 'n', description: 'how many', min: 1, max: 100, default: 10 }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/preview$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(SchedulesPreview);
    const timing = timingOf({ ...flags, cron: args.cron ?? flags.cron });
    if (timing.cron === undefined && timing.every === undefined)
      throw usageError('when? Pass an expression or --every');
    const { from, count } = flags;
    const preview = await this.client(flags).schedules.preview({
      ...timing,
      count,
      ...(from !== undefined && { from }),
    });
    if (out.isData && flags.fields === undefined) out.data(preview);
    else {
      answerList(out, preview.slots, slotKind, { fields: flags.fields, none: 'It never comes.' });
      sayClockChanges(out, preview);
    }
  }
}

const slotKind: Kind<SlotPreview> = {
  id: ({ at }) => at,
  columns: [
    { title: 'UTC', text: ({ at }) => at },
    { title: 'LOCAL', text: ({ local }) => local },
    { title: 'NOTE', text: ({ note }) => note ?? '' },
  ],
  line: ({ local, note }, { style }) =>
    `  ${zonedTime(local)}${note === null ? '' : `   ${style.yellow('!')} ${printable(note)}`}`,
};

function sayClockChanges(out: Output, { clockChanges }: SchedulePreview): void {
  if (out.mode !== 'human') return;
  for (const { at, before, after } of clockChanges) {
    out.say(`  ${out.sayStyle.dim(`clocks go from ${before} to ${after} at ${at}`)}`);
  }
}
