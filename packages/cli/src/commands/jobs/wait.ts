import type { Job } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { durationFlag } from '../../duration-flag.ts';
import { refArg } from '../../jobs/ref-arg.ts';
import { refsOf } from '../../jobs/refs.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import { jobKind } from '../../views/job-kind.ts';
import { exitOfJobs } from '../../watch/job-fate.ts';
import { sayStopped, untilInterrupted } from '../../watch/stop-watching.ts';
import { waitForAny } from '../../watch/wait-for-any.ts';
import { watchJobs } from '../../watch/watch-jobs.ts';
import { wishFor } from '../../watch/watch-wish.ts';

export default class JobsWait extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'wait for the end of jobs, and say how they ended';
  static override description =
    'In a pipe: id and status a line, once all have ended. Exit 0 when every one completed, 3 when one did not, 8 when the time was over.';
  static override examples = [
    '<%= config.bin %> jobs wait 3f9a01c2 77b0d4e1 --timeout 5m',
    '<%= config.bin %> jobs list -s pending -o id | <%= config.bin %> jobs wait -',
    '<%= config.bin %> jobs wait 3f9a01c2 77b0d4e1 --any',
  ];
  static override usage = 'jobs wait REF...';
  static override strict = false;
  static override args = refArg;
  static override flags = {
    any: Flags.boolean({ description: 'until one of them has ended' }),
    timeout: durationFlag({ description: 'wait no longer than this' }),
    ...fieldsFlag,
  };
  static override requests = printsNothing('It asks until the jobs have ended: how often depends on the answers.');

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(JobsWait);
    const ct = this.client(flags);
    const ids = await refsOf({ ct, surroundings: this.surroundings }, words);
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const jobs = await untilInterrupted((signal) =>
      flags.any
        ? waitForAny(ct, ids, { signal, timeoutMs })
        : watchJobs({ ct, out }, { wish: wishFor(ids), signal, timeoutMs, to: 'nobody' }),
    );
    if (jobs === 'interrupted') return this.exitWith(sayStopped(out, ids));
    answerList(out, jobs, endKind, { fields: flags.fields, none: '' });
    this.exitWith(exitOfJobs(jobs));
  }
}

const endKind: Kind<Job> = {
  ...jobKind,
  columns: jobKind.columns.map((column) =>
    ['JOB', 'STATUS'].includes(column.title)
      ? column
      : { ...column, in: (column.in ?? (['human', 'wide'] as const)).filter((each) => each !== 'tsv') },
  ),
};
