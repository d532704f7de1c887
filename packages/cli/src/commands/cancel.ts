import type { Job } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import type { Output } from '../output.ts';
import { refsOf } from '../refs.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus, shortRef } from '../views/status.ts';

export default class Cancel extends CloudTaskCommand {
  static override summary = 'cancel jobs';
  static override description =
    'A job that waits is cancelled at once; one that runs is told to stop, unless it succeeds first. Exit 6 when it has ended already.';
  static override examples = [
    '<%= config.bin %> cancel 3f9a01c2 --reason "wrong bucket"',
    '<%= config.bin %> cancel @last',
  ];
  static override aliases = ['jobs:cancel'];
  static override usage = 'cancel REF...';
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'id, end of an id, @last, or - for stdin', required: true, ignoreStdin: true }),
  };
  static override flags = { reason: Flags.string({ description: 'why; kept with the job' }) };

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Cancel);
    const ct = this.connect(this.settings(flags));
    const ids = await refsOf({ ct, surroundings: this.surroundings }, words);
    const jobs: Job[] = [];
    for (const id of ids) {
      const job = await ct.jobs.cancel(id, flags.reason === undefined ? {} : { reason: flags.reason });
      jobs.push(job);
      if (out.mode !== 'json') show(out, job);
    }
    if (out.mode === 'json') out.json(jobs);
  }
}

function show(out: Output, job: Job): void {
  if (out.mode === 'jsonl') out.json(job);
  else if (out.mode === 'plain' || out.mode === 'id') out.answer(job.id);
  else if (out.mode === 'human') {
    const { style, look } = out;
    const what = job.status === 'CANCELLED' ? 'cancelled' : 'is told to stop';
    const mark = paintStatus('CANCELLED', glyph('CANCELLED', look.unicode), style);
    out.answer(`${mark} ${printable(job.type)} ${shortRef(job.id)} ${what}`);
  }
}
