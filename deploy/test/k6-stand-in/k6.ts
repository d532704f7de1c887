// Stands in for `k6`.
import { report } from './report.ts';

export function check<T>(value: T, sets: Record<string, (value: T) => boolean>): boolean {
  const results = Object.entries(sets).map(([name, isPassed]) => ({ name, isPassed: Boolean(isPassed(value)) }));
  report.checks.push(...results);
  return results.every(({ isPassed }) => isPassed);
}

export function fail(why?: string): never {
  throw new Error(why);
}

export function sleep(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}
