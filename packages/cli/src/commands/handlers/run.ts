import { dirname } from 'node:path';
import type { Job, Json } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { durationFlag } from '../../duration-flag.ts';
import { usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { withConsoleOnStderr } from '../../handlers/console-to-stderr.ts';
import { findHandler } from '../../handlers/find-handler.ts';
import { openInspector } from '../../handlers/open-inspector.ts';
import { findPulled } from '../../handlers/pulled-jobs.ts';
import { gaveTheSame, type Tried, tryHandler } from '../../handlers/try-handler.ts';
import type { ProjectHandler } from '../../import-worker.ts';
import { resolveRef } from '../../jobs/resolve-ref.ts';
import { showResult } from '../../jobs/show-result.ts';
import { openProject, projectFlags } from '../../open-project.ts';
import type { Output } from '../../output/output.ts';
import { sourceReader } from '../../read-source.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { convertFields } from '../../schema/convert-fields.ts';
import { folderOf } from '../../settings/profile.ts';
import type { ConvertFields } from '../../submit/fields.ts';
import { payloadFlags, payloadOf } from '../../submit/submission.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';
import { formatDuration } from '../../views/time.ts';

export default class HandlersRun extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'run a handler of this project once, in this process and without a server';
  static override description =
    'With its own services and the checks of its definition; nothing is stored, nothing is tried again, and context.sleep does not wait. Middleware and child processes are left out. Fields become what the definition says, as in submit. Its result is the answer, its log is on stderr. Exit 0 when it completed, else 3. --job takes the payload of a job: one that cloudtask jobs pull has kept here, or one of the server.';
  static override examples = [
    '<%= config.bin %> handlers run email.send to=ada@example.com --attempt 2',
    '<%= config.bin %> handlers run email.send to=ada@example.com --redeliver --cancel-after 2s',
    '<%= config.bin %> jobs pull 3f9a01c2 && <%= config.bin %> handlers run --job 3f9a01c2 --inspect-brk',
  ];
  static override usage = ['handlers run TYPE [FIELD...]', 'handlers run --job REF [FIELD...]'];
  static override strict = false;
  static override args = {
    type: Args.string({ description: 'which handler; with --job that of the job', ignoreStdin: true }),
  };
  static override flags = {
    ...projectFlags,
    ...payloadFlags,
    job: Flags.string({ description: 'with the payload of this job; fields are laid over it', helpValue: 'REF' }),
    attempt: Flags.integer({ description: 'as this attempt', min: 1 }),
    'cancel-after': durationFlag({ description: 'cancel it after this long' }),
    redeliver: Flags.boolean({ description: 'run it a second time with the same payload, as after a lost worker' }),
    inspect: Flags.boolean({ description: 'let a debugger come, on 127.0.0.1:9229' }),
    'inspect-brk': Flags.boolean({ description: 'wait for a debugger, and stop where the handler begins' }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(HandlersRun);
    const { surroundings } = this;
    const { type, fields } = split(words);
    const job = flags.job === undefined ? undefined : await this.#findJob(flags, flags.job);
    const wanted = type ?? job?.type;
    if (wanted === undefined)
      throw usageError('which handler? Name a type, or --job', { tryThis: 'cloudtask help handlers run' });
    const stop = new AbortController();
    const onInterrupt = () => stop.abort();
    process.once('SIGINT', onInterrupt);
    try {
      const tried = await withConsoleOnStderr(surroundings, async () => {
        const project = await openProject(surroundings, flags);
        try {
          const found = findHandler(project, wanted);
          const convert = asHandlerWants(found);
          const read = sourceReader(surroundings);
          const given = await payloadOf(read, flags, fields, { base: job?.payload, convert });
          // Nobody waits for a debugger to learn that a field is wrong.
          const breaks = flags['inspect-brk'];
          if (flags.inspect || breaks) openInspector({ waits: breaks });
          const { attempt, redeliver } = flags;
          const payload = given ?? job?.payload ?? null;
          const trial = { payload: payload as Json, job, attempt, redeliver, cancelAfter: flags['cancel-after'] };
          const folder = project.configFile === null ? surroundings.cwd : dirname(project.configFile);
          return await tryHandler(found, { ...trial, breaks, folder, signal: stop.signal });
        } finally {
          await project.close();
        }
      });
      show(out, tried);
      const isDone = tried.outcome === 'completed' && (tried.redelivered?.outcome ?? 'completed') === 'completed';
      this.exitWith(stop.signal.aborted ? EXIT.interrupted : isDone ? EXIT.done : EXIT.jobFailed);
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  }

  async #findJob(flags: { profile: string | undefined; url: string | undefined }, ref: string): Promise<Job> {
    const pulled = await findPulled(this.surroundings.cwd, ref);
    if (pulled) return pulled;
    const ct = this.client(flags);
    return ct.jobs.get(await resolveRef({ ct, folder: folderOf(this.surroundings) }, ref));
  }
}

/** A word without `=` is the type: with `--job` all of them may be fields. */
function split(words: readonly string[]): { type: string | undefined; fields: readonly string[] } {
  const [first] = words;
  if (first === undefined || first.includes('=')) return { type: undefined, fields: words };
  return { type: first, fields: words.slice(1) };
}

/** The contract is here: no server is asked for it. */
function asHandlerWants({ type, about: { payloadSchema, details } }: ProjectHandler): ConvertFields {
  const schema = { type, payloadSchema, sensitive: details?.sensitive ?? [] };
  return async (fields) => convertFields(schema, fields, { tryThis: 'cloudtask handlers check --json' });
}

function show(out: Output, tried: Tried): void {
  const { redelivered, ...first } = tried;
  for (const line of storyOf(out, first)) out.say(line);
  if (redelivered) {
    out.say('Delivered again:');
    for (const line of storyOf(out, redelivered)) out.say(line);
    if (!gaveTheSame(tried)) out.say(`${out.sayStyle.yellow('!')} the second delivery gave another result`);
  }
  if (out.isData) out.data(tried);
  else if (out.mode === 'id') return;
  else if (first.outcome === 'completed') showResult(out, (first.result ?? null) as Json);
}

function storyOf(
  out: Output,
  { outcome, logs, progress, error, thrownAt, retryIn }: Omit<Tried, 'redelivered'>,
): string[] {
  const { sayStyle: style, look } = out;
  const isDone = outcome === 'completed';
  const sign = mark(isDone ? 'ok' : 'fail', { style, unicode: look.unicode });
  const next = retryIn === undefined ? '' : `, again in ${formatDuration(retryIn)} or sooner`;
  return [
    ...logs.map(({ level, message, fields }) => {
      const more =
        fields === undefined || Object.keys(fields).length === 0 ? '' : ` ${style.dim(JSON.stringify(fields))}`;
      return `  ${level.padEnd(5)} ${printable(message)}${more}`;
    }),
    ...progress.map(({ percent, message }) =>
      `  ${percent === undefined ? '' : `${percent}% `}${printable(message ?? '')}`.trimEnd(),
    ),
    `${sign} ${outcome}${next}`,
    ...(error ? [`  ${error.reason}: ${printable(error.message)}`] : []),
    ...(thrownAt === undefined ? [] : [`    ${style.dim(printable(thrownAt))}`]),
  ];
}
