import type { EveryTiming } from './timing.ts';

/** The first slot after a time. */
export function nextEverySlot({ everyMs, anchor }: EveryTiming, after: Date): Date {
  const steps = Math.max(1, Math.floor((after.getTime() - anchor.getTime()) / everyMs) + 1);
  return new Date(anchor.getTime() + steps * everyMs);
}
