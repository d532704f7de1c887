import { healthOf } from '@cloudtask/core/health';
import type { Platform } from '@cloudtask/core/open-platform';
import { platformHealth } from '@cloudtask/core/platform-health';
import { type Probe, startProbe } from '@cloudtask/core/probe';
import type { RunningWorker } from './worker-life.ts';

/** What operators ask a worker, wherever it runs. */
export async function startWorkerProbe(
  platform: Omit<Platform, 'clock'>,
  worker: RunningWorker,
  { port, host }: { port: number; host: string },
): Promise<Probe> {
  const { db } = platformHealth(platform);
  return await startProbe({
    ...platform,
    port,
    host,
    // Redis is not asked: without it a cancel takes a few seconds longer.
    health: healthOf({ ...(db && { db }), consumers: () => ({ status: worker.isConsuming ? 'UP' : 'DOWN' }) }),
  });
}
