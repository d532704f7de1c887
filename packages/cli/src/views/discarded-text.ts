import { printable } from './printable.ts';
import { formatAge } from './time.ts';

/** `discarded 2h ago: bad import`; undefined for what was not. */
export function discardedText(
  { discardedAt, discardReason }: { discardedAt: string | null; discardReason: string | null },
  now: number,
): string | undefined {
  if (discardedAt === null) return undefined;
  const why = discardReason === null ? '' : `: ${printable(discardReason)}`;
  return `discarded ${formatAge(Math.max(0, now - Date.parse(discardedAt)))} ago${why}`;
}
