import type { Report } from '../report-error.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** What, why, try, code. The most important line is the first. */
export function errorLines(
  report: Report,
  style: Style,
  { unicode, debug }: { unicode: boolean; debug: boolean },
): string[] {
  const mark = style.red(unicode ? '✗' : 'x');
  const status = report.status === null ? '' : ` (${report.status})`;
  const request = report.requestId === null ? '' : ` · request ${printable(report.requestId)}`;
  return [
    `${mark} ${printable(report.message)}`,
    ...report.issues.map(({ path, message }) => `  ${mark} ${printable(`${path || 'payload'}: ${message}`)}`),
    ...(report.why === null ? [] : [`  ${report.why}`]),
    ...(report.tryThis === null ? [] : [`  ${style.dim('Try: ')}  ${report.tryThis}`]),
    `  ${style.dim('Code:')}  ${report.code}${status}${request}`,
    ...(debug && report.stack !== null ? [report.stack] : []),
  ];
}

export function errorJson({ code, message, status, why, tryThis, requestId, retryable, issues }: Report): string {
  return JSON.stringify({
    error: { code, message, status, hint: why, command: tryThis, requestId, retryable, issues },
  });
}
