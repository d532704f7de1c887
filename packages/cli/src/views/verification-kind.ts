import type { JobStatus, Verification } from '@cloudtask/sdk';
import { JOB_STATUSES } from '@cloudtask/sdk/contract';
import type { LookedUp } from '../jobs/look-up-jobs.ts';
import type { Kind, Look } from '../output/answer.ts';
import { mark } from './mark.ts';
import { printable } from './printable.ts';
import { glyph, paintStatus, word } from './status.ts';
import { formatDuration } from './time.ts';

/** What the server found about all jobs. */
export const verificationKind: Kind<Verification> = {
  id: ({ violations }) => violations.map(({ jobId }) => jobId).join('\n'),
  columns: [],
  details: verificationLines,
};

/** What became of the jobs of a file. */
export const lookedUpKind: Kind<LookedUp> = {
  id: ({ missing }) => missing.join('\n'),
  columns: [],
  details(found, look) {
    const { asked, missing, byStatus } = found;
    const isFine = missing.length === 0;
    const jobs = countText(asked, 'job');
    const said = isFine
      ? `${jobs}: each one is there`
      : `${missing.length} of ${jobs} ${missing.length === 1 ? 'is' : 'are'} missing`;
    return [
      `  ${mark(isFine ? 'ok' : 'fail', look)} ${said}`,
      ...statusLines(byStatus, look),
      ...missing.slice(0, SHOWN).map((id) => `    ${look.style.red('missing')}  ${id}`),
      ...(missing.length > SHOWN ? [`    and ${missing.length - SHOWN} more: -o id prints all`] : []),
    ];
  },
};

/** Of those that are missing; nobody reads more. */
const SHOWN = 20;

function verificationLines(verification: Verification, look: Look): string[] {
  const { jobs, checks, violations, isComplete, ms } = verification;
  const total = countText(
    Object.values(jobs).reduce((sum, count) => sum + count, 0),
    'job',
  );
  const time = look.style.dim(`(${formatDuration(ms)})`);
  if (violations.length === 0) {
    return [
      `  ${mark('ok', look)} ${total}, ${checks.length} promises: nothing is lost, nothing ended twice  ${time}`,
      ...statusLines(jobs, look),
    ];
  }
  const broken = checks.filter((check) => check.violations > 0);
  const count = `${isComplete ? '' : 'more than '}${countText(violations.length, 'violation')}`;
  return [
    `  ${mark('fail', look)} ${count} in ${total}  ${time}`,
    ...statusLines(jobs, look),
    ...broken.flatMap(({ id, promise }) => [
      '',
      `  ${look.style.bold(id)}  ${printable(promise)}`,
      ...violations.filter(({ check }) => check === id).map(({ jobId, what }) => `      ${jobId}  ${printable(what)}`),
    ]),
  ];
}

function statusLines(byStatus: Record<JobStatus, number>, { style, unicode, width }: Look): string[] {
  const lines: string[] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const status of JOB_STATUSES.filter((each) => byStatus[each] > 0)) {
    const text = `${byStatus[status].toLocaleString('en')} ${word(status)}`;
    const part = `${paintStatus(status, glyph(status, unicode), style)} ${text}`;
    const length = text.length + '   ○ '.length;
    // Colours take no room on the screen: what is counted is the bare text.
    if (used + length > width) {
      lines.push(`    ${part}`);
      used = length + 1;
    } else {
      lines.push(`${lines.pop()}   ${part}`);
      used += length;
    }
  }
  return lines;
}

function countText(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
