import type { Explanation, Job } from '@cloudtask/sdk';
import type { Look } from '../output/answer.ts';
import { mark } from './mark.ts';
import { printable } from './printable.ts';
import { glyph, paintStatus, shortRef } from './status.ts';
import { clockTime, formatDuration } from './time.ts';
import { wrapText } from './wrap.ts';

/** Why a job is not running, for a person: the reason first, then what was looked at, then what comes. */
export function explanationLines(explanation: Explanation, job: Pick<Job, 'type'>, look: Look): string[] {
  const { style, unicode, now } = look;
  const { status, summary, next, retries } = explanation;
  const checks = explanation.checks.filter(({ code }) => code !== 'FINISHED');
  const ended = explanation.checks.find(({ code }) => code === 'FINISHED');
  const sign = paintStatus(status, glyph(status, unicode), style);
  const plan = retries.map(({ attempt, at }) => `${attempt} ${inTime(at, now)}`);
  return [
    `${sign} ${style.bold(printable(job.type))} ${shortRef(explanation.jobId)}`,
    ...indented(summary, 2, look),
    ...(ended === undefined ? [] : helpLines(ended, look)),
    ...(checks.length === 0 ? [] : ['']),
    ...checks.flatMap((check) => checkLines(check, look)),
    ...(next === null
      ? []
      : ['', `  ${style.dim('Next')}     ${NEXT[next.what]} ${inTime(next.at, now)} (${clockTime(next.at)})`]),
    ...(plan.length === 0 ? [] : [`  ${style.dim('Retries')}  ${plan.join(' · ')}`]),
  ];
}

const NEXT: Record<NonNullable<Explanation['next']>['what'], string> = {
  due: 'it is due',
  retry: 'the next attempt',
  resume: 'its queue is resumed',
  expire: 'it expires',
  timeout: 'the attempt is stopped',
};

type Check = Explanation['checks'][number];

function checkLines(check: Check, look: Look): string[] {
  const [first = '', ...rest] = indented(check.message, 4, look);
  return [
    `  ${mark(check.ok ? 'ok' : 'fail', look)} ${first.trimStart()}`,
    ...rest,
    ...(check.ok ? [] : helpLines(check, look)),
  ];
}

function indented(text: string, by: number, { width }: Look): string[] {
  return wrapText(printable(text), width - by).map((line) => ' '.repeat(by) + line);
}

function helpLines({ hint, command }: Check, look: Look): string[] {
  return [
    ...(hint === undefined ? [] : indented(hint, 6, look)),
    ...(command === undefined
      ? []
      : [`      ${look.style.dim('Try: ')} ${printable(asTyped(asCommand(command), look))}`]),
  ];
}

function asTyped(command: string, look: Look): string {
  return look.typed?.(command) ?? command;
}

/** The server speaks of calls of its API; at a terminal there are commands for them. */
function asCommand(call: string): string {
  const [, path] = /^POST (\/\S+)$/.exec(call) ?? [];
  if (path === undefined) return call;
  const [, job] = /^\/jobs\/([\w-]+)\/retry$/.exec(path) ?? [];
  if (job !== undefined) return `cloudtask retry ${shortRef(job)}`;
  const [, queue] = /^\/queues\/([^/]+)\/resume$/.exec(path) ?? [];
  return queue === undefined ? `cloudtask api -X POST ${path}` : `cloudtask queues resume ${decodeURIComponent(queue)}`;
}

function inTime(at: string, now: number): string {
  const ms = Date.parse(at) - now;
  return ms <= 0 ? 'now' : `in ${formatDuration(ms)}`;
}
