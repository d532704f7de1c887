import { type Job, WaitTimeoutError } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { refuseFailed, showResult } from '../jobs/show-result.ts';
import { printsChanges } from '../requests/own-requests.ts';
import { folderOf } from '../settings/profile.ts';
import { dryRun } from '../submit/dry-run.ts';
import { prepareJob } from '../submit/prepare-job.ts';
import { submitFlags } from '../submit/submission.ts';
import { submitJob } from '../submit/submit-job.ts';
import { shortRef } from '../views/status.ts';
import { cancelAndAwait } from '../watch/interrupted-run.ts';
import { sayStopped, untilInterrupted } from '../watch/stop-watching.ts';
import { watchJobs } from '../watch/watch-jobs.ts';
import { wishFor } from '../watch/watch-wish.ts';

const RUN_IS_SEVERAL =
  'It submits and then asks until the job has ended, by an id that only the first answer says: submit --curl and result --curl print the two.';

export default class Run extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'run a job like a Unix command: its result is the answer';
  static override description =
    `Submits a job, follows it on stderr, and prints its result: text as it is, all else as JSON.
Exit 0 when it completed, 3 when it did not, 8 when the time was over or it was left running. Fields are those of submit.
stdin is read for - and @- only. Ctrl-C leaves the job running, unless you say --cancel-on-interrupt.`;
  static override examples = [
    '<%= config.bin %> run report month=2026-10 > report.json',
    'cat in.json | <%= config.bin %> run clean --payload - | jq .rows | <%= config.bin %> run load --payload -',
    '<%= config.bin %> run build --timeout 10m --logs || notify',
    '<%= config.bin %> run build --detach-after 30s',
  ];
  static override aliases = ['jobs:run'];
  static override usage = 'run [TYPE] [FIELD...]';
  static override strict = false;
  static override args = {
    type: Args.string({ description: 'what kind of job; asked for on a terminal', ignoreStdin: true }),
  };
  static override flags = {
    ...submitFlags,
    timeout: durationFlag({ description: 'wait no longer than this' }),
    'detach-after': durationFlag({
      description: 'leave it running after this, and say its id',
      exclusive: ['timeout', 'cancel-on-interrupt'],
    }),
    logs: Flags.boolean({ description: 'show what the job says, too', default: false }),
    'cancel-on-interrupt': Flags.boolean({ description: 'Ctrl-C cancels the job' }),
  };
  static override requests = printsChanges(({ form, flags }) => {
    if (flags['dry-run'] === true) return 'A dry run submits nothing: the payload is compared here with the schema.';
    return form === 'curl' ? RUN_IS_SEVERAL : undefined;
  });

  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(Run);
    const { surroundings } = this;
    const ct = this.client(flags);
    const types = this.types(ct);
    const input = { command: 'run', type: args.type, flags, words: words.slice(1) } as const;
    const prepared = await prepareJob({ types, out, surroundings }, input);
    if (flags['dry-run']) return dryRun({ ct, out }, prepared);
    const { job } = await submitJob({ ct, out, folder: folderOf(surroundings), types }, prepared);
    const time = flags['detach-after'] ?? flags.timeout;
    const timeoutMs = time === undefined ? undefined : parseDuration(time);
    const wish = wishFor([job.id], { logs: flags.logs, from: flags.logs ? 'start' : 'now' });
    const watched = await untilInterrupted((signal) =>
      watchJobs({ ct, out }, { wish, signal, timeoutMs, to: 'conversation' }),
    ).catch((error: unknown) => {
      // What is known of a job that goes on is an answer too.
      if (error instanceof WaitTimeoutError) this.#showJob(out, error.job);
      if (error instanceof WaitTimeoutError && flags['detach-after'] !== undefined) return 'detached' as const;
      throw error;
    });
    if (watched === 'detached') {
      out.say(`The job goes on: ${job.id}`);
      out.next(`cloudtask result ${shortRef(job.id)} --wait`, `cloudtask cancel ${shortRef(job.id)}`);
      return this.exitWith(EXIT.notFinished);
    }
    if (watched === 'interrupted') {
      if (flags['cancel-on-interrupt']) await cancelAndAwait({ ct, out }, job.id);
      else sayStopped(out, [job.id]);
      return this.exitWith(EXIT.interrupted);
    }
    const [ended] = watched as [Job];
    this.#showJob(out, ended);
    refuseFailed(ended);
    if (!out.isData) showResult(out, ended.result);
  }

  #showJob(out: Parameters<typeof showResult>[0], job: Job): void {
    if (out.isData) out.data(job);
    else if (out.mode === 'id') out.answer(job.id);
  }
}
