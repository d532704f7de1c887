import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseUnavailable } from './database.ts';
import { isSqlError } from './sql-error.ts';

export interface RetryOptions {
  /** In all, the first one included. */
  attempts?: number;
  /**
   * Also try again when the connection was lost. Only for work that does no harm when it happens twice: a statement whose
   * answer was lost may have been committed.
   */
  isIdempotent?: boolean;
}

/** Does `work` again when PostgreSQL says that a second try may succeed: it chose this transaction to end a deadlock (40P01) or a conflict (40001). */
export async function retryTransient<T>(
  work: () => Promise<T>,
  { attempts = 5, isIdempotent = false }: RetryOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isLost = isIdempotent && error instanceof DatabaseUnavailable;
      if (attempt >= attempts || !(isLost || isSqlError(error, '40P01', '40001'))) throw error;
      // Random, so that two transactions which met once do not meet again in step.
      await pause((isLost ? 100 : 5) * 2 ** attempt * Math.random());
    }
  }
}
