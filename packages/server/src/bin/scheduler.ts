#!/usr/bin/env node
import { healthOf } from '@cloudtask/core/health';
import { openPlatform } from '@cloudtask/core/open-platform';
import { platformHealth } from '@cloudtask/core/platform-health';
import { startProbe } from '@cloudtask/core/probe';
import { runService } from '@cloudtask/core/service';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { startScheduler } from '../scheduler/service.ts';
import { schedulerOptions, schedulerSettings } from '../settings.ts';

await runService({
  name: 'cloudtask-scheduler',
  command: 'cloudtask-server scheduler',
  describe: 'Moves what is due, feeds the queues, finds lost hints and dead workers. Any number may run.',
  settings: { ...sharedSettings, ...probeSettings(9093), ...schedulerSettings },
  async start(values, { logger }) {
    const platform = await openPlatform(values, { service: 'scheduler', logger });
    const scheduler = await startScheduler({ ...platform, ...schedulerOptions(values) });
    const probe = await startProbe({
      ...platform,
      port: values.port,
      host: values.host,
      health: healthOf({
        ...platformHealth(platform),
        scheduler: () => ({ status: scheduler.ticking ? 'UP' : 'DOWN' }),
      }),
    });
    return {
      ready: `CloudTask scheduler ready, metrics on http://${values.host}:${probe.port}/metrics`,
      async close() {
        await scheduler.close();
        await probe.close();
        await platform.close();
      },
    };
  },
});
