import type { Line, Verdict } from './run-steps.ts';

/** The end of the report: what ran, what failed and what was not run for want of something, each by its name. */
export function summaryOf(lines: readonly Line[], seconds: number): string {
  const by = (verdict: Verdict): Line[] => lines.filter((line) => line.verdict === verdict);
  const width = Math.max(...lines.map(({ name }) => name.length));
  const rows = lines.map(({ name, verdict, seconds: each, why = '' }) => {
    const said = verdict === 'ok' ? `${each.toFixed(1)} s` : (why.split('\n')[0] ?? '').slice(0, 90);
    return `${verdict.padEnd(4)}  ${name.padEnd(width)}  ${said}`;
  });
  const counts = `stack: ${by('ok').length} passed, ${by('FAIL').length} failed, ${by('SKIP').length} skipped`;
  return ['', ...rows, '', `${counts} (${seconds.toFixed(0)} s)`].join('\n');
}
