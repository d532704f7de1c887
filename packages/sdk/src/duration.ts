import type { Duration } from './contract.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
export const DURATION_PATTERN = '^\\d+(\\.\\d+)?(ms|s|m|h|d)$';
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration: a number is milliseconds already. Throws a `RangeError` that names the forms. */
export function parseDuration(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parseText(duration);
  if (!Number.isFinite(ms) || ms < 0) throw notADuration(duration);
  return Math.round(ms);
}

function parseText(text: string): number {
  const [, amount, unit] = FORM.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw notADuration(text);
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function notADuration(value: unknown): RangeError {
  return new RangeError(
    `${JSON.stringify(value)} is not a duration: write milliseconds, or "250ms", "30s", "5m", "2h", "1d"`,
  );
}
