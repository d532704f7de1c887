import type { Job } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { readAttempts, readPast } from '../../jobs/read-past.ts';
import { refArg } from '../../jobs/ref-arg.ts';
import { refsOf } from '../../jobs/refs.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { jobDetails } from '../../views/job-details.ts';
import { jobKind } from '../../views/job-kind.ts';

export default class JobsShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show one job';
  static override description =
    'For people: with all its attempts, and where the newest one failed. For programs: the job as the API has it.';
  static override examples = [
    '<%= config.bin %> jobs show @last',
    '<%= config.bin %> jobs show 3f9a01c2 --json',
    '<%= config.bin %> jobs show 3f9a01c2 --attempts --fields status,attempts -o json',
  ];
  static override aliases = ['jobs:get'];
  static override args = refArg;
  static override flags = {
    attempts: Flags.boolean({ description: 'for programs: its attempts too, as the member attempts' }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/jobs\/[^/]+$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(JobsShow);
    const ct = this.connect(this.settings(flags));
    const [id = ''] = await refsOf({ ct, surroundings: this.surroundings }, [args.ref]);
    const job = await ct.jobs.get(id);
    if (out.mode === 'human' && flags.fields === undefined) {
      const past = await readPast(ct, job);
      const kind: Kind<Job> = { ...jobKind, details: (each, look) => jobDetails(each, past, look) };
      return answerOne(out, job, kind);
    }
    const shown = flags.attempts ? { ...job, attempts: await readAttempts(ct, id) } : job;
    answerOne(out, shown, jobKind, flags.fields);
  }
}
