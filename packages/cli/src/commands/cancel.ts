import type { Job } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { type Call, CloudTaskCommand } from '../cloudtask-command.ts';
import type { Effect } from '../effect.ts';
import {
  actOnMany,
  chooseRefsOrFilter,
  isNamedOneByOne,
  manyFlags,
  notForDryRunOfNamed,
  showNamed,
} from '../jobs/act-on-many.ts';
import { forEachRef } from '../jobs/for-each-ref.ts';
import { fieldFilterFlag, jobAndFieldFilterOf, jobFilterFlags } from '../jobs/job-filter-flags.ts';
import { refsOf } from '../jobs/refs.ts';
import type { Output } from '../output/output.ts';
import { printsChanges } from '../requests/own-requests.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus, shortRef } from '../views/status.ts';

export default class Cancel extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'cancel jobs';
  static override description =
    'A job that waits is cancelled at once; one that runs is told to stop, unless it succeeds first. Exit 6 when one has ended already. With a filter in place of ids all that match are cancelled, after a question.';
  static override examples = [
    '<%= config.bin %> cancel 3f9a01c2 --reason "wrong bucket"',
    '<%= config.bin %> cancel @last',
    '<%= config.bin %> cancel --type image.thumb -s pending --dry-run',
    '<%= config.bin %> cancel --tag import-7 -f customer=acme --yes',
  ];
  static override aliases = ['jobs:cancel'];
  static override usage = ['cancel REF...', 'cancel --type TYPE [-s STATUS] …'];
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'id, end of an id, @last, or - for stdin', ignoreStdin: true }),
  };
  static override flags = {
    reason: Flags.string({ description: 'why; kept with the job' }),
    ...jobFilterFlags,
    ...fieldFilterFlag,
    ...manyFlags,
  };
  static override requests = printsChanges(notForDryRunOfNamed);

  protected override effectOf({ words }: Call): Effect {
    return isNamedOneByOne(words) ? 'changes' : 'destroys';
  }

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Cancel);
    const filter = jobAndFieldFilterOf(flags);
    const by = chooseRefsOrFilter(words, filter, 'cancel');
    const ct = this.client(flags);
    const { surroundings } = this;
    const { reason } = flags;
    if (by === 'filter') {
      this.exitWith(await actOnMany({ ct, out, surroundings }, { action: 'cancel', filter, flags, reason }));
      return;
    }
    const ids = await refsOf({ ct, surroundings }, words);
    if (flags['dry-run']) return showNamed({ ct, out }, ids, 'cancelled');
    await forEachRef(out, ids, {
      act: (id) => ct.jobs.cancel(id, reason === undefined ? {} : { reason }),
      show: (job) => out.answer(humanText(out, job)),
    });
  }
}

function humanText({ style, look }: Output, job: Job): string {
  const what = job.status === 'CANCELLED' ? 'cancelled' : 'is told to stop';
  const mark = paintStatus('CANCELLED', glyph('CANCELLED', look.unicode), style);
  return `${mark} ${printable(job.type)} ${shortRef(job.id)} ${what}`;
}
