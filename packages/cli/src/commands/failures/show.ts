import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { causeArg, findCause } from '../../jobs/find-cause.ts';
import { lastStack } from '../../jobs/last-stack.ts';
import { answerLines, answerList, lookOf } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { parseFieldList, pickFields } from '../../output/pick-fields.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { causeKind } from '../../views/cause-kind.ts';
import { jobKind } from '../../views/job-kind.ts';
import { stackLines } from '../../views/stack-lines.ts';

export default class FailuresShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show a cause, and the newest jobs that failed with it';
  static override description =
    'With where the newest of them failed. In a pipe: the jobs, as in jobs list. As JSON: the cause with its jobs.';
  static override examples = ['<%= config.bin %> failures show c9f1a2', '<%= config.bin %> failures show c9f1a2 -o id'];
  static override args = causeArg;
  static override flags = {
    limit: Flags.integer({ char: 'n', description: 'how many jobs', min: 1, default: 10 }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/jobs$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(FailuresShow);
    const ct = this.client(flags);
    const cause = await findCause(ct, args.cause, 'all');
    const { fingerprint } = cause;
    const discarded = cause.discardedAt !== null;
    const limit = Math.min(flags.limit, 1_000);
    const jobs = await ct.jobs.list({ fingerprint, discarded, limit }).toArray({ limit: flags.limit });
    if (out.isData) {
      const whole = { ...cause, jobs };
      out.data(flags.fields ? pickFields(whole, parseFieldList(flags.fields)) : whole);
      return;
    }
    if (out.mode === 'human') {
      const look = lookOf(out);
      const newest = jobs.find(({ id }) => id === cause.newestJobId) ?? jobs[0];
      const stack = newest ? await lastStack(ct, newest) : null;
      answerLines(out, [...(causeKind.details?.(cause, look) ?? []), ...stackLines(stack, look), '']);
    }
    answerList(out, jobs, jobKind, { fields: flags.fields, none: 'None of them is kept any more.' });
    const short = fingerprint.slice(0, 6);
    out.next(discarded ? `cloudtask failures restore ${short}` : `cloudtask failures retry ${short} --canary 1`);
  }
}
