import type { Handler } from './define-handler.ts';

/** Whether a value is a handler, of this copy of the SDK or another. */
export function isHandler(value: unknown): value is Handler {
  if (typeof value !== 'object' || value === null) return false;
  const { job, run } = value as Partial<Handler>;
  return typeof run === 'function' && typeof job === 'object' && job !== null && typeof job.type === 'string';
}
