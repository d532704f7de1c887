import { styleText } from 'node:util';
import { allRequests, type Load, type Measured } from './measure-load.ts';
import { FINISH_WITHIN_S, MIX, type Scenario } from './scenarios.ts';

export interface Verdict {
  isMet: boolean;
  says: string;
}

/** The limits that k6 calls thresholds. */
export function judge(load: Load, { p95Ms }: Scenario): Verdict[] {
  const { failed } = allRequests(load);
  const verdicts = MIX.map((name) => {
    const { latency } = load.byName[name];
    const p95 = msAt(latency, 95);
    return { isMet: latency.count > 0 && p95 < p95Ms, says: `${name}: p95 ${shown(p95)} ms, under ${p95Ms} ms` };
  });
  const errors = failed + load.unanswered;
  verdicts.push(
    { isMet: errors === 0, says: `${errors} requests failed, 0 may` },
    { isMet: load.dropped === 0, says: `${load.dropped} requests could not be sent in time, 0 may` },
  );
  if (load.audited) {
    const { completed } = load.audited;
    const says = `${completed} of ${load.accepted} accepted jobs are completed ${FINISH_WITHIN_S} s after the last answer`;
    verdicts.push({ isMet: completed === load.accepted, says });
  }
  return verdicts;
}

export function printReport(load: Load, verdicts: readonly Verdict[]): void {
  const rows = [
    ['', 'requests', 'errors', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    ...MIX.map((name) => rowOf(name, load.byName[name])),
    rowOf('all', allRequests(load)),
  ];
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(8) : cell.padStart(10))).join(''),
  );
  say(`\n${lines.join('\n')}\n`);
  const rate = allRequests(load).latency.count / load.seconds;
  say(`${rate.toFixed(0)} answers a second over ${load.seconds.toFixed(1)} s, the waiting for the last one included`);
  say(fateOf(load));
  if (load.firstError !== undefined) say(`${load.unanswered} requests got no answer: ${load.firstError}`);
  if (load.lagMs > LAG_MS) {
    say(
      `this program was up to ${load.lagMs.toFixed(0)} ms late itself (p99): the machine is busy, times are too long by as much`,
    );
  }
  say('');
  for (const { isMet, says } of verdicts)
    say(isMet ? `${paint('green', '✓')} ${says}` : `${paint('red', '✗')} ${says}`);
}

const LAG_MS = 20;

function rowOf(name: string, { latency, failed }: Measured): string[] {
  const times = [50, 95, 99].map((percent) => shown(msAt(latency, percent)));
  const max = latency.count > 0 ? latency.max / 1000 : Number.NaN;
  return [name, String(latency.count), String(failed), ...times, shown(max)];
}

function fateOf({ accepted, audited }: Load): string {
  if (!audited) return `accepted ${accepted}; stopped, so nobody looked whether they finished`;
  const { completed, others, unfinished, lost, waitedSeconds } = audited;
  const finished = completed + Object.values(others).reduce((sum, count) => sum + count, 0);
  const badly = Object.entries(others).map(([status, count]) => `, ${count} of them ${status}`);
  const still = unfinished > 0 ? ` · still waiting ${unfinished}` : '';
  return `accepted ${accepted} · finished ${finished}${badly.join('')} (${waitedSeconds.toFixed(1)} s later)${still} · lost ${lost}`;
}

function msAt(latency: Measured['latency'], percent: number): number {
  return latency.count > 0 ? latency.percentile(percent) / 1000 : Number.NaN;
}

function shown(ms: number): string {
  return Number.isNaN(ms) ? '–' : ms.toFixed(1);
}

// styleText knows NO_COLOR and FORCE_COLOR, and leaves a pipe plain.
function paint(format: 'green' | 'red', text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
