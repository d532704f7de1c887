import type { CloudTask, JobAction, JobActionKind, JobActionPreview, RetryManyOptions } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { confirm } from '../confirm.ts';
import { usageError } from '../errors/cli-error.ts';
import { EXIT, type ExitCode } from '../errors/exit-codes.ts';
import { confirmFlag } from '../guard-production.ts';
import { answerList, answerOne, type Kind } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import type { Given } from '../requests/own-requests.ts';
import type { Surroundings } from '../surroundings.ts';
import { jobKind } from '../views/job-kind.ts';
import { mark } from '../views/mark.ts';
import { printable } from '../views/printable.ts';
import { untilInterrupted } from '../watch/stop-watching.ts';
import type { ChosenJobs } from './job-filter-flags.ts';

/** Safety, wherever a filter chooses the jobs. */
export const manyFlags = {
  'dry-run': Flags.boolean({ description: 'only show which jobs it would be' }),
  yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  ...confirmFlag,
  rate: Flags.string({
    description: 'at most so many a second',
    helpValue: '5/s',
    parse: async (text) => rateOf(text),
  }),
  wait: Flags.boolean({ description: 'follow it to its end (default)', allowNo: true, default: true }),
};

/** Of jobs that are named: those of a filter are counted by a request. */
export function notForDryRunOfNamed({ flags, words }: Given): string | undefined {
  const isOfNamed = flags['dry-run'] === true && words.length > 0;
  return isOfNamed ? 'A dry run only looks at each job that is named; jobs show --curl prints that.' : undefined;
}

export const canaryFlag = {
  canary: Flags.integer({
    description: 'first so many, and the others only when all of these completed',
    min: 1,
    max: 100,
  }),
};

export interface ManyInput {
  action: JobActionKind;
  filter: ChosenJobs;
  flags: {
    'dry-run': boolean;
    yes: boolean;
    wait: boolean;
    rate?: string | undefined;
    canary?: number | undefined;
    /** Its request is printed: it is not asked about, and not followed. */
    curl: boolean;
    ts: boolean;
  };
  reason?: string | undefined;
}

interface Deps {
  ct: CloudTask;
  out: Output;
  surroundings: Surroundings;
}

/** Does something to all jobs that a filter chooses: shows how many, asks, starts it on the server and follows it. */
export async function actOnMany(deps: Deps, input: ManyInput): Promise<ExitCode> {
  const { ct, out } = deps;
  const { flags, action } = input;
  if (flags.curl || flags.ts) await start(ct, input, flags['dry-run']);
  const preview = (await start(ct, input, true)) as JobActionPreview;
  if (flags['dry-run']) return showPreview(out, preview, action);
  const count = countText(preview);
  if (preview.matched === 0) {
    if (out.isData) out.data({ matched: 0 });
    out.say(`No jobs to ${action}.`);
    return EXIT.done;
  }
  const question = `${WORDS[action].ask} ${count} (${filterText(input.filter)})?`;
  if (!(await confirm(deps, { question, yes: flags.yes }))) {
    out.say('Nothing was changed.');
    return EXIT.other;
  }
  const started = (await start(ct, input, false)) as JobAction;
  if (!flags.wait) return showAction(out, started);
  out.say(`${count} match.${flags.canary === undefined ? '' : ` First ${flags.canary}…`}`);
  let latest = started;
  out.live(() => `  ${progressText(latest)}`);
  const ended = await untilInterrupted((signal) =>
    follow(ct, started, signal, (now) => {
      latest = now;
    }),
  );
  out.close();
  if (ended !== 'interrupted') return showAction(out, ended);
  out.say(`Stopped watching. It goes on. Stop it: cloudtask api -X POST /jobs/actions/${started.id}/stop`);
  return EXIT.interrupted;
}

/** An action in a question, and what was done by it. */
const WORDS: Readonly<Record<JobActionKind, { ask: string; done: string }>> = {
  retry: { ask: 'Retry', done: 'retried' },
  cancel: { ask: 'Cancel', done: 'cancelled' },
  discard: { ask: 'Discard', done: 'discarded' },
  restore: { ask: 'Restore', done: 'restored' },
};

function start(ct: CloudTask, { action, filter, flags, reason }: ManyInput, dryRun: boolean) {
  const options = {
    ...(flags.rate !== undefined && { rate: flags.rate as `${number}/s` }),
    ...(flags.canary !== undefined && { canary: flags.canary }),
    ...(reason !== undefined && { reason }),
  } satisfies RetryManyOptions & { reason?: string };
  switch (action) {
    case 'retry':
      return dryRun ? ct.jobs.retryMany(filter, { ...options, dryRun }) : ct.jobs.retryMany(filter, options);
    case 'cancel':
      return dryRun ? ct.jobs.cancelMany(filter, { ...options, dryRun }) : ct.jobs.cancelMany(filter, options);
    case 'discard':
      return dryRun ? ct.failures.discard(filter, { ...options, dryRun }) : ct.failures.discard(filter, options);
    case 'restore':
      return dryRun ? ct.failures.restore(filter, { ...options, dryRun }) : ct.failures.restore(filter, options);
  }
}

/** How often the server is asked how far it is. */
const LOOK_EVERY_MS = 300;

async function follow(
  ct: CloudTask,
  { id }: JobAction,
  signal: AbortSignal,
  onChange: (action: JobAction) => void,
): Promise<JobAction> {
  for (;;) {
    const action = await ct.jobs.actions.get(id, { signal });
    onChange(action);
    if (action.state === 'DONE' || action.state === 'STOPPED') return action;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    signal.throwIfAborted();
  }
}

function showPreview(out: Output, preview: JobActionPreview, action: JobActionKind): ExitCode {
  if (out.isData) out.data(preview);
  else {
    const sample = preview.sample.map((job) => ({ attempt: 0, maxAttempts: 0, queue: '', ...job }));
    answerList(out, sample as never[], previewKind, { none: `No jobs to ${action}.` });
    if (preview.matched > 0) out.say(`${countText(preview)} would be ${WORDS[action].done}.`);
  }
  return EXIT.done;
}

/** A dry run on jobs that are named one by one. */
export async function showNamed(
  { ct, out }: Pick<Deps, 'ct' | 'out'>,
  ids: readonly string[],
  done: 'retried' | 'cancelled',
): Promise<void> {
  const jobs = [];
  for (const id of ids) jobs.push(await ct.jobs.get(id));
  answerList(out, jobs, jobKind, { none: '' });
  out.say(`${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} would be ${done}.`);
}

const SHOWN = ['JOB', 'TYPE', 'STATUS', 'AGE', 'ERROR'];
const previewKind = { ...jobKind, columns: jobKind.columns.filter(({ title }) => SHOWN.includes(title)) };

function showAction(out: Output, action: JobAction): ExitCode {
  answerOne(out, action, actionKind);
  // A canary job that did not complete is the fate of the whole.
  return action.state === 'STOPPED' ? EXIT.jobFailed : EXIT.done;
}

const actionKind: Kind<JobAction> = {
  columns: [],
  id: ({ id }) => id,
  details(action, look) {
    const isFine = action.state !== 'STOPPED';
    const why = action.stopReason === null ? [] : [`  ${printable(action.stopReason)}`];
    return [`${mark(isFine ? 'ok' : 'fail', look)} ${progressText(action)}`, ...why];
  },
};

function progressText({ action, state, done, skipped }: JobAction): string {
  const more = skipped === 0 ? '' : ` · ${skipped} skipped`;
  return `${state.toLowerCase()} · ${done} ${WORDS[action].done}${more}`;
}

function countText({ matched, isExact }: JobActionPreview): string {
  return `${isExact ? '' : 'at least '}${matched} ${matched === 1 ? 'job' : 'jobs'}`;
}

function filterText(filter: ChosenJobs): string {
  return Object.entries(filter)
    .map(([key, value]) => `${key === 'fingerprint' ? 'cause' : key} ${printable(String(value).toLowerCase())}`)
    .join(', ');
}

function rateOf(text: string): string {
  if (/^\d+(\.\d+)?(\/s)?$/.test(text)) return text.endsWith('/s') ? text : `${text}/s`;
  throw usageError('--rate is a number of jobs a second, like 5/s');
}

/** Refs or a filter: one of the two. */
export function chooseRefsOrFilter(words: readonly string[], filter: ChosenJobs, command: string): 'refs' | 'filter' {
  const hasFilter = Object.keys(filter).length > 0;
  if (words.length > 0 && !hasFilter) return 'refs';
  if (words.length === 0 && hasFilter) return 'filter';
  throw usageError(hasFilter ? 'name jobs or a filter, not both' : 'which jobs?', {
    why: 'A job is named by its id, the end of its id, or @last; many are chosen by flags such as --type and -s.',
    tryThis: `cloudtask help ${command}`,
  });
}

/** A person has written each of them; a pipe names as many as a filter does. */
export function isNamedOneByOne(words: readonly string[]): boolean {
  return words.length > 0 && !words.includes('-');
}
