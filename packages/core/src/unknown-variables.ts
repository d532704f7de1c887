import type { Settings, Sources } from './config.ts';

/**
 * A sentence for each `CLOUDTASK_` variable that looks like a slip of the pen. Others that this service does not know are
 * left in peace: services may share one environment.
 */
export function unknownVariables(settings: Settings, { env, envFile }: Sources): string[] {
  const known = Object.values(settings).flatMap(({ env, secret }) => (secret ? [env, `${env}_FILE`] : [env]));
  const set = new Set([...Object.keys(env), ...Object.keys(envFile?.values ?? {})]);
  return [...set]
    .filter((name) => name.startsWith('CLOUDTASK_') && !known.includes(name))
    .flatMap((name) => {
      const meant = closest(
        name,
        known.filter((each) => !set.has(each)),
      );
      return meant === undefined ? [] : [`${name} is set, but there is no such setting – did you mean ${meant}?`];
    });
}

/** At most two letters off, or three in a long name. */
function closest(name: string, candidates: readonly string[]): string | undefined {
  const limit = name.length >= 24 ? 3 : 2;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + change);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
