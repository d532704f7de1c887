import { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { exitOfJobs } from '../job-fate.ts';
import { refArg } from '../ref-arg.ts';
import { refsOf } from '../refs.ts';
import { sayStopped, untilInterrupted } from '../stop-watching.ts';
import { watchJobs } from '../watch-jobs.ts';

export default class Watch extends CloudTaskCommand {
  static override summary = 'follow jobs to their end';
  static override description =
    'The exit code is their fate: 0 when every one completed, 3 when one did not, 8 when the time was over. Ctrl-C stops watching; the jobs go on.';
  static override examples = [
    '<%= config.bin %> watch @last',
    '<%= config.bin %> watch 3f9a01c2 77b0d4e1 --timeout 5m',
  ];
  static override aliases = ['jobs:watch'];
  static override usage = 'watch REF...';
  static override strict = false;
  static override args = refArg;
  static override flags = {
    timeout: durationFlag({ description: 'watch no longer than this' }),
    logs: Flags.boolean({ description: 'show what the jobs say, too' }),
  };

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Watch);
    const ct = this.connect(this.settings(flags));
    const ids = await refsOf({ ct, surroundings: this.surroundings }, words);
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const jobs = await untilInterrupted((signal) =>
      watchJobs({ ct, out }, { ids, signal, timeoutMs, to: 'answer', logs: flags.logs }),
    );
    this.exitWith(jobs === 'interrupted' ? sayStopped(out, ids) : exitOfJobs(jobs));
  }
}
