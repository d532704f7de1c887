import type { Job } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { exitOfJobs } from '../job-fate.ts';
import type { Output } from '../output.ts';
import { folderOf } from '../profile.ts';
import { sourceReader } from '../read-source.ts';
import { sayStopped, untilInterrupted } from '../stop-watching.ts';
import { createOptionsOf, payloadOf, submitFlags } from '../submission.ts';
import { submitJob } from '../submit-job.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';
import { clockTime, formatDuration } from '../views/time.ts';
import { watchJobs } from '../watch-jobs.ts';
import { wishFor } from '../watch-wish.ts';

export default class Submit extends CloudTaskCommand {
  static override summary = 'submit a job';
  static override description = `Fields make the payload:
  to=ada@example.com       text
  n:=3  tags:='["a"]'      JSON
  body=@mail.txt           text of a file; spec:=@spec.json is JSON of a file; @- is stdin
  user.name=Ada tags[]=a   nested, lists
In a pipe the answer is the id alone.`;
  static override examples = [
    '<%= config.bin %> submit email to=ada@example.com subject="Hi" --delay 5m',
    'ID=$(<%= config.bin %> submit sleep seconds:=5)',
    'jq . report.json | <%= config.bin %> submit report --payload - --wait',
  ];
  static override aliases = ['jobs:submit'];
  static override usage = 'submit TYPE [FIELD...]';
  static override strict = false;
  static override args = {
    type: Args.string({ description: 'what kind of job', required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...submitFlags,
    wait: Flags.boolean({ char: 'w', description: 'wait for its end; the exit code tells its fate' }),
    timeout: durationFlag({ description: 'wait no longer than this', dependsOn: ['wait'] }),
  };

  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(Submit);
    const { surroundings } = this;
    const read = sourceReader(surroundings);
    const payload = await payloadOf(read, flags, words.slice(1));
    const options = await createOptionsOf(read, flags);
    const ct = this.client(flags);
    const deps = { ct, out, folder: folderOf(surroundings) };
    const { job, isReplayed } = await submitJob(deps, { type: args.type, payload, options });
    if (!flags.wait || !out.isData) showAccepted(out, job, isReplayed);
    if (!flags.wait) {
      out.next(`cloudtask watch ${shortRef(job.id)}`);
      return;
    }
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const watched = await untilInterrupted((signal) =>
      watchJobs({ ct, out }, { wish: wishFor([job.id]), signal, timeoutMs, to: 'conversation' }),
    );
    if (watched === 'interrupted') return this.exitWith(sayStopped(out, [job.id]));
    if (out.isData) out.data(watched[0]);
    this.exitWith(exitOfJobs(watched));
  }
}

function showAccepted(out: Output, job: Job, isReplayed: boolean): void {
  if (out.isData) out.data(job);
  else if (out.mode === 'human') out.answer(humanText(out, job, isReplayed));
  else if (out.mode !== 'none') out.answer(job.id);
}

function humanText({ style, look }: Output, job: Job, isReplayed: boolean): string {
  const mark = paintStatus(job.status, glyph(job.status, look.unicode), style);
  const inMs = job.runAt === null ? 0 : Date.parse(job.runAt) - Date.now();
  const when =
    job.status === 'SCHEDULED' && job.runAt !== null
      ? `runs in ${formatDuration(Math.max(0, inMs))} (${clockTime(job.runAt)})`
      : word(job.status);
  const again = isReplayed ? '  (submitted before, with the same key)' : '';
  return `${mark} ${job.id}  ${printable(job.type)}  ${when}  queue ${printable(job.queue)}${again}`;
}
