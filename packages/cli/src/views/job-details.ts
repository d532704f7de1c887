import type { Job, JobAttempt } from '@cloudtask/sdk';
import type { Look } from '../output/answer.ts';
import { discardedText } from './discarded-text.ts';
import { dueText } from './due-text.ts';
import { lifeLines } from './job-life.ts';
import { printable } from './printable.ts';
import { stackLines } from './stack-lines.ts';
import { glyph, paintStatus, word } from './status.ts';
import type { Style } from './style.ts';
import { wrapText } from './wrap.ts';

/** What is known of a job beside itself. */
export interface JobPast {
  attempts: readonly JobAttempt[];
  /** Where the newest attempt failed. */
  stack: string | null;
}

/** One job for a person: where it is, what happened, what went in and came out. */
export function jobDetails(job: Job, { attempts, stack }: JobPast, look: Look): string[] {
  const { style, unicode, width, now } = look;
  const status = paintStatus(job.status, `${glyph(job.status, unicode)} ${word(job.status)}`, style);
  const discarded = discardedText(job, now);
  const error = job.error === null ? [] : wrapText(printable(`${job.error.name}: ${job.error.message}`), width - 2);
  return [
    `${style.bold(printable(job.type))}  ${job.id}`,
    '',
    `  ${status}${job.reason === null ? '' : ` (${job.reason})`}${dueText(job, now)}   attempt ${job.attempt} of ${job.maxAttempts}   queue ${printable(job.queue)}   priority ${job.priority}`,
    ...error.map((line) => `  ${style.red(line)}`),
    ...(discarded === undefined ? [] : [`  ${discarded}`]),
    ...stackLines(stack, look),
    '',
    ...lifeLines(job, attempts, look),
    '',
    ...block('Payload', job.payload, style),
    ...(job.result === null ? [] : block('Result', job.result, style)),
    ...(job.tags.length === 0 ? [] : [`  ${style.dim('Tags')}  ${job.tags.map(printable).join(', ')}`]),
    ...(Object.keys(job.metadata).length === 0 ? [] : block('Metadata', job.metadata, style)),
  ];
}

function block(title: string, value: unknown, style: Style): string[] {
  const lines = JSON.stringify(value, null, 2).split('\n');
  const indented = lines.map((line) => `    ${line.replace(/\S.*/, (text) => printable(text))}`);
  return [`  ${style.dim(title)}`, ...indented];
}
