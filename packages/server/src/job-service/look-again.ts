import type { Clock } from '@cloudtask/core/clock';
import { DEFAULT_QUEUE } from '@cloudtask/core/messages';
import type { KnownTypes } from '@cloudtask/core/submission/known-types';
import type { QueueGauge } from './queue-gauge.ts';

/** Of a job before it is read: what decides who could run it. */
interface Named {
  type?: unknown;
  queue?: unknown;
}

/**
 * Workers and their types are looked at once a second. Before jobs that nobody could run at the last look are warned of or
 * refused, they are looked at again: a worker that registered meanwhile must not be said to be missing.
 */
export function lookAgain({ gauge, types, clock }: { gauge: QueueGauge; types: KnownTypes; clock: Clock }) {
  let looking: Promise<void> | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  // The types first: whoever finds a worker for a job finds its defaults and its schema too.
  async function look(): Promise<void> {
    lookedAtMs = clock.now();
    await types.renew();
    await gauge.lookForWorkers();
  }

  function isUnknown({ type, queue }: Named): boolean {
    const known = types.get(String(type));
    const meant = queue ?? known?.defaults.queue ?? DEFAULT_QUEUE;
    return known === undefined || gauge.capacity(String(meant))?.types.has(String(type)) !== true;
  }

  return async (jobs: readonly Named[]): Promise<void> => {
    if (!jobs.some(isUnknown)) return;
    if (looking === undefined && clock.now() - lookedAtMs < LEAST_BETWEEN_LOOKS_MS) return;
    looking ??= look()
      // What was known before is still something.
      .catch(() => {})
      .finally(() => {
        looking = undefined;
      });
    await looking;
  };
}

/** However many jobs of types that nobody runs are submitted, there are ten looks a second for their sake. */
const LEAST_BETWEEN_LOOKS_MS = 100;
