import type { Job } from '@cloudtask/sdk/contract';
import { timelineOf } from '../watch/job-timeline.ts';
import { discardedText } from './discarded-text.ts';
import { humanLine } from './job-line.ts';
import { printable } from './printable.ts';
import { glyph, paintStatus, word } from './status.ts';
import type { Style } from './style.ts';

/** One job for a person: where it is, what happened, what went in and came out. */
export function jobDetails(job: Job, style: Style, unicode: boolean, now: number): string[] {
  const status = paintStatus(job.status, `${glyph(job.status, unicode)} ${word(job.status)}`, style);
  const steps = timelineOf(job).steps;
  const discarded = discardedText(job, now);
  return [
    `${style.bold(printable(job.type))}  ${job.id}`,
    '',
    `  ${status}${job.reason === null ? '' : ` (${job.reason})`}   attempt ${job.attempt} of ${job.maxAttempts}   queue ${printable(job.queue)}   priority ${job.priority}`,
    ...(job.error === null ? [] : [`  ${style.red(printable(`${job.error.name}: ${job.error.message}`))}`]),
    ...(discarded === undefined ? [] : [`  ${discarded}`]),
    '',
    ...steps.map((step) => `  ${humanLine({ job, steps: [step] }, style, unicode)}`),
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
