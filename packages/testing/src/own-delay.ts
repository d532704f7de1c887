import type { Handler } from '@cloudtask/sdk/define-handler';
import { readMark } from '@cloudtask/sdk/handler-errors';

/**
 * Whether the handler chose the delay before the next attempt itself, by its error or by its rule: then it stands, and
 * there is no jitter in it to leave out. Asks the rule once more than a worker does.
 */
export function hasOwnDelay({ retryWhen }: Pick<Handler, 'retryWhen'>, error: unknown, attempt: number): boolean {
  if (readMark(error)?.['~cloudtask'] === 'retry-later') return true;
  try {
    const wish = retryWhen?.(error, { attempt });
    return wish !== undefined && typeof wish !== 'boolean';
  } catch {
    return false;
  }
}
