import type { FailureCause } from '@cloudtask/sdk';
import type { Column, Kind } from '../output/answer.ts';
import { causeKind } from './cause-kind.ts';
import { formatAge } from './time.ts';

const DISCARDED: readonly Column<FailureCause>[] = [
  {
    title: 'DISCARDED',
    text: ({ discardedAt }) => discardedAt ?? '',
    at: ({ discardedAt }) => discardedAt,
    cell: ({ discardedAt }, { now }) => ({
      text: discardedAt === null ? '' : formatAge(Math.max(0, now - Date.parse(discardedAt))),
    }),
  },
  { title: 'WHY', text: ({ discardReason }) => discardReason ?? '' },
];

/** Failures that need nothing more, counted by their cause: since when, and why. */
export const discardedCauseKind: Kind<FailureCause> = {
  ...causeKind,
  columns: causeKind.columns
    .filter(({ title }) => title !== 'FIRST')
    .flatMap((column) => (column.title === 'ERROR' ? [...DISCARDED, column] : [column])),
};
