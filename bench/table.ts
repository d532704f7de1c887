import type { Measurement } from './measure.ts';

/** The table that `npm run bench` prints: the median of the rounds, one line per contestant and mode. */
export function printTable(measurements: readonly Measurement[]): void {
  const lines = [['', 'jobs', 'submit/s', 'end to end/s', 'CPU µs/job', '(client+worker / stores)']];
  for (const [name, rounds] of groups(measurements)) {
    const middle = (pick: (one: Measurement) => number) => median(rounds.map(pick));
    const [own, stores] = [middle((one) => one.cpuOwnUs), middle((one) => one.cpuStoresUs)];
    lines.push([
      name,
      String(rounds[0]?.jobs ?? 0),
      Math.round(middle((one) => one.submittedPerSecond)).toLocaleString('en'),
      Math.round(middle((one) => one.finishedPerSecond)).toLocaleString('en'),
      cpuPerJob(rounds).toFixed(1),
      `${own.toFixed(1)} / ${stores.toFixed(1)}`,
    ]);
  }
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    );
  }
}

/** Median CPU time per job in µs, client + worker + stores. */
export function cpuPerJob(rounds: readonly Measurement[]): number {
  return median(rounds.map((one) => one.cpuOwnUs + one.cpuStoresUs));
}

export function groups(measurements: readonly Measurement[]): Map<string, Measurement[]> {
  const byName = new Map<string, Measurement[]>();
  for (const one of measurements) {
    const name = `${one.contestant}, ${one.mode}`;
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  return byName;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
