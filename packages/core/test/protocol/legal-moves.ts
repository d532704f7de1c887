import { canMove } from '../../src/protocol/states.ts';
import type { Move } from './protocol-tables.ts';

/**
 * What is wrong with a change of a job's status or owner; null when nothing is. Beside the table of legal moves: the
 * fence goes up by one when a job is claimed and when a person retries it, and never otherwise; what has been started cannot expire.
 */
export function wrongWith({ from, to, fromFence, toFence }: Move): string | null {
  if (!canMove(from, to)) return `${from} became ${to}`;
  if (to === 'EXPIRED' && toFence > 0) return `it became EXPIRED with fence ${toFence}`;
  const isClaim = to === 'RUNNING';
  const isRedrive = from === 'FAILED' || from === 'CANCELLED' || from === 'EXPIRED';
  const step = isClaim || isRedrive ? 1 : 0;
  return toFence - fromFence === step ? null : `the fence went from ${fromFence} to ${toFence} in ${from} → ${to}`;
}
