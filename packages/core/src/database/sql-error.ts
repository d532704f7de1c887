/** An error that PostgreSQL itself reported, from either adapter. */
export interface SqlError extends Error {
  /** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  code: string;
  constraint?: string;
  detail?: string;
  table?: string;
}

/** `unique_violation`: a row with this key is there already. */
export const UNIQUE_VIOLATION = '23505';

/** Whether PostgreSQL refused a statement; with codes, whether for one of these reasons. A class like `23` will do. */
export function isSqlError(error: unknown, ...codes: readonly string[]): error is SqlError {
  const state = sqlState(error);
  return state !== undefined && (codes.length === 0 || codes.some((code) => state.startsWith(code)));
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  // Node's own codes (EPIPE and the like) may have five letters too, but none has a SQLSTATE's digit at the third place or later.
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && /\d/.test(error.code)
    ? error.code
    : undefined;
}
