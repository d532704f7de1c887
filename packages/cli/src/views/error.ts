import type { Report } from '../errors/report-error.ts';
import { fitLine } from './fit-line.ts';
import { mark } from './mark.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { wrapText } from './wrap.ts';

interface ErrorLook {
  unicode: boolean;
  debug: boolean;
  /** Longer sentences are broken between words. Infinity where a program may look for them. */
  width: number;
}

/** What, why, try, code. The most important line is the first. */
export function errorLines(report: Report, style: Style, { unicode, debug, width }: ErrorLook): string[] {
  const sign = mark('fail', { style, unicode });
  const status = report.status === null ? '' : ` (${report.status})`;
  const request = report.requestId === null ? '' : ` · request ${printable(report.requestId)}`;
  // Where there is no advice of ours, the documentation of the code is the next thing to read.
  const docs = report.status !== null && report.tryThis === null ? ` · cloudtask docs ${report.code}` : '';
  const [first = '', ...rest] = wrapText(printable(report.message), width - 2);
  return [
    `${sign} ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...(isSaid(report) ? [] : report.issues).flatMap(({ path, message }) =>
      fitLine(`  ${sign} ${printable(`${path || 'payload'}: ${message}`)}`, width),
    ),
    ...(report.why === null ? [] : wrapText(report.why, width - 2).map((line) => `  ${line}`)),
    ...(report.tryThis === null ? [] : [`  ${style.dim('Try: ')}  ${report.tryThis}`]),
    ...fitLine(`  ${style.dim('Code:')}  ${report.code}${status}${request}${docs}`, width),
    ...(debug && report.stack !== null ? [report.stack] : []),
  ];
}

/** A single issue is what the message says already. */
function isSaid({ message, issues: [only, ...more] }: Report): boolean {
  return only !== undefined && more.length === 0 && message.includes(only.message);
}

export function errorJson({ code, message, status, why, tryThis, requestId, retryable, issues }: Report): string {
  return JSON.stringify({
    error: { code, message, status, hint: why, command: tryThis, requestId, retryable, issues },
  });
}
