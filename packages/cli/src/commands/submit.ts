import type { CreateOptions, Job, Json } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { readPairs, readPayload } from '../fields.ts';
import { exitOfJobs } from '../job-fate.ts';
import { rememberLastJob } from '../last-job.ts';
import type { Output } from '../output.ts';
import { folderOf } from '../profile.ts';
import { sourceReader } from '../read-source.ts';
import { sayStopped, untilInterrupted } from '../stop-watching.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';
import { clockTime, formatDuration } from '../views/time.ts';
import { watchJobs } from '../watch-jobs.ts';

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
    payload: Flags.string({ description: 'the payload as JSON, @file, or - for stdin; fields are laid over it' }),
    field: Flags.string({ char: 'f', description: 'same as a field k=v', multiple: true, multipleNonGreedy: true }),
    'json-field': Flags.string({
      char: 'F',
      description: 'same as a field k:=json',
      multiple: true,
      multipleNonGreedy: true,
    }),
    queue: Flags.string({ char: 'Q', description: 'line that it waits in' }),
    priority: Flags.integer({ description: '0 to 9, higher sooner', min: 0, max: 9 }),
    delay: durationFlag({ description: 'not before this long from now', exclusive: ['at'] }),
    at: Flags.string({ description: 'not before this time, ISO 8601 with zone' }),
    ttl: durationFlag({ description: 'expire when it has not started after this long' }),
    'max-attempts': Flags.integer({ description: 'how often it is tried', min: 1 }),
    'job-timeout': durationFlag({ description: 'how long one attempt may take' }),
    tag: Flags.string({ description: 'mark to find it by', multiple: true, multipleNonGreedy: true }),
    meta: Flags.string({ description: 'note k=v that is kept with it', multiple: true, multipleNonGreedy: true }),
    'idempotency-key': Flags.string({ description: 'submit only once however often this is run' }),
    wait: Flags.boolean({ char: 'w', description: 'wait for its end; the exit code tells its fate' }),
    timeout: durationFlag({ description: 'wait no longer than this', dependsOn: ['wait'] }),
  };

  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(Submit);
    const { surroundings } = this;
    const read = sourceReader(surroundings);
    const fields = [...words.slice(1), ...(flags.field ?? []), ...(flags['json-field'] ?? []).map(asJsonField)];
    const payload = (await readPayload(read, { payload: flags.payload, fields })) as Json | undefined;
    const metadata = (await readPairs(read, flags.meta ?? [])) as Record<string, Json> | undefined;

    const ct = this.connect(this.settings(flags));
    const { queue, priority, delay, at, ttl, tag } = flags;
    const options: CreateOptions = {
      ...(queue !== undefined && { queue }),
      ...(priority !== undefined && { priority }),
      ...(delay !== undefined && { delay }),
      ...(at !== undefined && { runAt: at }),
      ...(ttl !== undefined && { ttl }),
      ...(flags['max-attempts'] !== undefined && { maxAttempts: flags['max-attempts'] }),
      ...(flags['job-timeout'] !== undefined && { jobTimeout: flags['job-timeout'] }),
      ...(tag !== undefined && { tags: tag }),
      ...(metadata !== undefined && { metadata }),
      ...(flags['idempotency-key'] !== undefined && { idempotencyKey: flags['idempotency-key'] }),
    };
    const { data, response } = await ct.jobs.create(args.type, payload, options).withResponse();
    const job: Accepted = data;
    await rememberLastJob(folderOf(surroundings), ct.url, job.id);
    sayWarnings(out, job);
    if (!flags.wait || !(out.mode === 'json' || out.mode === 'jsonl')) {
      showAccepted(out, job, response.headers.get('idempotency-replayed') === 'true');
    }
    if (!flags.wait) {
      out.next(`cloudtask watch ${shortRef(job.id)}`);
      return;
    }
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const watched = await untilInterrupted((signal) =>
      watchJobs({ ct, out }, { ids: [job.id], signal, timeoutMs, to: 'conversation' }),
    );
    if (watched === 'interrupted') return this.exitWith(sayStopped(out, [job.id]));
    if (out.mode === 'json' || out.mode === 'jsonl') out.json(watched[0]);
    this.exitWith(exitOfJobs(watched));
  }
}

interface Accepted extends Job {
  /** What the server wants to be known about it, such as a type that no worker handles now. */
  warnings?: { code: string; message: string }[];
}

function asJsonField(field: string): string {
  return field.replace(/:?=/, ':=');
}

function sayWarnings(out: Output, { warnings = [] }: Accepted): void {
  for (const { message } of warnings) out.say(`${out.sayStyle.yellow('!')} ${printable(message)}`);
}

function showAccepted(out: Output, job: Accepted, isReplayed: boolean): void {
  if (out.mode === 'json' || out.mode === 'jsonl') out.json(job);
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
