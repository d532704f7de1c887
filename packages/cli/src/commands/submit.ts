import type { Job } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { usageError } from '../errors/cli-error.ts';
import type { Output } from '../output/output.ts';
import { sourceReader } from '../read-source.ts';
import { printsChanges } from '../requests/own-requests.ts';
import { folderOf } from '../settings/profile.ts';
import { chooseType } from '../submit/choose-type.ts';
import { prepareJob } from '../submit/prepare-job.ts';
import { createOptionsOf, submitFlags } from '../submit/submission.ts';
import { submitJob } from '../submit/submit-job.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';
import { clockTime, formatDuration } from '../views/time.ts';

export default class Submit extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'submit a job';
  static override description = `Fields make the payload:
  to=ada@example.com n=3   as the schema of the type has it, else text
  n:=3  tags:='["a"]'      JSON
  body=@mail.txt           text of a file; spec:=@spec.json is JSON of a file; @- is stdin
  user.name=Ada tags[]=a   nested, lists; items[0].sku=a is of the first item
Without any, on a terminal, you are asked for the type and for what it needs; submit TYPE --help shows its fields.
In a pipe the answer is the id alone. --batch: a line is a payload, or {"payload": …, "options": {…}}.`;
  static override examples = [
    '<%= config.bin %> submit email to=ada@example.com subject="Hi" --delay 5m',
    'ID=$(<%= config.bin %> submit sleep seconds=5)',
    'jq . report.json | <%= config.bin %> submit report --payload - --wait',
    '<%= config.bin %> submit email --batch @jobs.ndjson -o jsonl',
  ];
  static override aliases = ['jobs:submit'];
  static override usage = 'submit [TYPE] [FIELD...]';
  static override strict = false;
  static override args = {
    type: Args.string({ description: 'what kind of job; asked for on a terminal', ignoreStdin: true }),
  };
  static override flags = {
    ...submitFlags,
    batch: Flags.string({
      description: 'a job for each line of @file or - (NDJSON)',
      exclusive: ['payload', 'field', 'json-field'],
    }),
    wait: Flags.boolean({ char: 'w', description: 'wait for its end; the exit code tells its fate' }),
    timeout: durationFlag({ description: 'wait no longer than this', dependsOn: ['wait'] }),
  };
  static override requests = printsChanges({
    wait: 'It follows the job as well, whose id only the answer says.',
    batch: 'A batch is sent in parts, as many as its lines need.',
    'dry-run': 'A dry run submits nothing: the payload is compared here with the schema.',
  });

  // Most calls submit one job and end: what the others need is loaded for those.
  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(Submit);
    const { surroundings } = this;
    const ct = this.client(flags);
    const types = this.types(ct);
    const fields = words.slice(1);
    if (flags.batch !== undefined) {
      refuseForBatch(fields, flags);
      const options = await createOptionsOf(sourceReader(surroundings), flags);
      const type = await chooseType({ types, out, surroundings }, { command: 'submit', type: args.type });
      const batch = { type, source: flags.batch, options };
      const { submitBatch } = await import('../submit/submit-batch.ts');
      return this.exitWith(await submitBatch({ ct, out, surroundings }, batch));
    }
    const input = { command: 'submit', type: args.type, flags, words: fields } as const;
    const prepared = await prepareJob({ types, out, surroundings }, input);
    if (flags['dry-run']) {
      const { dryRun } = await import('../submit/dry-run.ts');
      return dryRun({ ct, out }, prepared);
    }
    const { job, isReplayed } = await submitJob({ ct, out, folder: folderOf(surroundings), types }, prepared);
    if (!flags.wait || !out.isData) showAccepted(out, job, isReplayed);
    if (!flags.wait) {
      out.next(`cloudtask watch ${shortRef(job.id)}`);
      return;
    }
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const { waitForSubmitted } = await import('../watch/wait-for-submitted.ts');
    this.exitWith(await waitForSubmitted({ ct, out }, { id: job.id, timeoutMs }));
  }
}

function refuseForBatch(fields: readonly string[], flags: { wait: boolean; edit: boolean; 'dry-run': boolean }): void {
  if (fields.length > 0) throw usageError('fields are for one job, not for a batch');
  if (flags.edit) throw usageError('--edit is for one job, not for a batch');
  if (flags['dry-run']) {
    throw usageError('a batch has no dry run', {
      why: 'Each line is checked when it is sent; those that do not fit are refused alone.',
    });
  }
  if (!flags.wait) return;
  throw usageError('a batch is not waited for', {
    why: 'It may be larger than what can be watched. Its ids are the answer.',
    tryThis: 'cloudtask submit … --batch … -o id | cloudtask jobs wait -',
  });
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
