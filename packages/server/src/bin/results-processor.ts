#!/usr/bin/env node
import { healthOf } from '@cloudtask/core/health';
import { openPlatform } from '@cloudtask/core/open-platform';
import { platformHealth } from '@cloudtask/core/platform-health';
import { startProbe } from '@cloudtask/core/probe';
import { runService } from '@cloudtask/core/service';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { startResultsProcessor } from '../results-processor/service.ts';

await runService({
  name: 'cloudtask-results-processor',
  command: 'cloudtask-server results-processor',
  describe: 'Stores what workers report through jobs.started and jobs.completed. Any number may run.',
  settings: { ...sharedSettings, ...probeSettings(9092) },
  async start(values, { logger }) {
    const platform = await openPlatform(values, { service: 'results-processor', logger });
    const processor = await startResultsProcessor(platform);
    const probe = await startProbe({
      ...platform,
      port: values.port,
      host: values.host,
      health: healthOf({
        ...platformHealth(platform),
        consumers: () => ({ status: processor.subscribed ? 'UP' : 'DOWN' }),
      }),
    });
    return {
      ready: `CloudTask results-processor ready, metrics on http://${values.host}:${probe.port}/metrics`,
      async close() {
        await processor.close();
        await probe.close();
        await platform.close();
      },
    };
  },
});
