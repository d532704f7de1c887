#!/usr/bin/env node
import { healthOf } from '@cloudtask/core/health';
import { openPlatform } from '@cloudtask/core/open-platform';
import { platformHealth } from '@cloudtask/core/platform-health';
import { startProbe } from '@cloudtask/core/probe';
import { runService } from '@cloudtask/core/service';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { startWorker } from '../service.ts';
import { workerSettings } from '../settings.ts';

await runService({
  name: 'cloudtask-worker',
  describe: 'Runs jobs. Any number may run; each takes what the others have no slot for.',
  settings: { ...sharedSettings, ...workerSettings, ...probeSettings(9091) },
  // The grace for jobs, 3 s for those that were told to stop, and time to settle them.
  graceMs: ({ shutdownGrace }) => shutdownGrace + 12_000,
  async start(values, { logger }) {
    const platform = await openPlatform(values, { service: 'worker', logger });
    const worker = await startWorker({ ...platform, settings: values, ownsProcess: true });
    const { db } = platformHealth(platform);
    const probe = await startProbe({
      ...platform,
      port: values.port,
      host: values.host,
      // Redis is not asked: without it a cancel takes a few seconds longer.
      health: healthOf({ ...(db && { db }), consumers: () => ({ status: worker.isConsuming ? 'UP' : 'DOWN' }) }),
    });
    return {
      ready: `CloudTask worker ready, ${worker.types.length} handlers, metrics on http://${values.host}:${probe.port}/metrics`,
      async close() {
        await worker.close();
        await probe.close();
        await platform.close();
      },
    };
  },
});
