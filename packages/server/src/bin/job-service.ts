#!/usr/bin/env node
import { openPlatform } from '@cloudtask/core/open-platform';
import { runService } from '@cloudtask/core/service';
import { sharedSettings } from '@cloudtask/core/shared-settings';
import { startJobService } from '../job-service/service.ts';
import { jobServiceSettings } from '../settings.ts';

await runService({
  name: 'cloudtask-job-service',
  describe: 'The REST API: accounts and jobs. Any number may run behind a load balancer.',
  settings: { ...sharedSettings, ...jobServiceSettings },
  async start(values, { logger }) {
    const platform = await openPlatform(values, { service: 'job-service', logger });
    try {
      const service = await startJobService({ ...platform, settings: values });
      return {
        ready: `CloudTask job-service ready on ${service.url}`,
        async close() {
          await service.close();
          await platform.close();
        },
      };
    } catch (error) {
      await platform.close();
      throw error;
    }
  },
});
