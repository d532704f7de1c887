import type { CancelAnswer } from '@cloudtask/core/protocol/cancel';
import type { DiscardAnswer } from '@cloudtask/core/protocol/discard';
import type { RedriveAnswer } from '@cloudtask/core/protocol/redrive';
import type { SignalNote, Signals } from '@cloudtask/core/signals/signals';

/** What a person's wish did to a job. */
export interface Move {
  id: string;
  userId: string;
  /** Where it waits again; needed for `pending`. */
  queue?: string | undefined;
  answer: CancelAnswer | RedriveAnswer | DiscardAnswer;
}

/** Whether the answer says that something was done. */
export function hasChanged(move: Pick<Move, 'answer'>): boolean {
  return hasMoved(move) || move.answer === 'discarded' || move.answer === 'restored';
}

// A discarded job stays where it is: those who watch would read it, and find nothing new to tell.
function hasMoved({ answer }: Pick<Move, 'answer'>): boolean {
  return answer === 'pending' || answer === 'cancelled' || answer === 'requested';
}

/** Tells watchers what was retried and cancelled, the dispatcher what waits again, and workers what they are to stop. */
export function announceMoves(signals: Signals, moves: readonly Move[]): void {
  const running = moves.filter(({ answer }) => answer === 'requested');
  if (running.length > 0) signals.ring('cancels', running.map(toNote));
  const queues = new Set(moves.flatMap(({ answer, queue }) => (answer === 'pending' && queue ? [queue] : [])));
  if (queues.size > 0)
    signals.ring(
      'backlog',
      Array.from(queues, (id) => ({ id })),
    );
  const moved = moves.filter(hasMoved);
  if (moved.length > 0) signals.ring('jobs', moved.map(toNote));
}

const toNote = ({ id, userId }: Move): SignalNote => ({ id, userId });
