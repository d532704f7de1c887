#!/usr/bin/env node
import type { Values } from '@cloudtask/core/config';
import { migrateDatabase, openPlatform } from '@cloudtask/core/open-platform';
import { runService } from '@cloudtask/core/service';
import { databaseUrl, plaintextHosts, sharedSettings } from '@cloudtask/core/shared-settings';
import { startJobService } from '../job-service/service.ts';
import { operatorCommands } from '../operator-commands.ts';
import { jobServiceSettings } from '../settings.ts';

const settings = { ...sharedSettings, ...jobServiceSettings };
const databaseOnly = { databaseUrl, plaintextHosts };

await runService({
  name: 'cloudtask-job-service',
  command: 'cloudtask-server job-service',
  describe: 'The REST API: accounts and jobs. Any number may run behind a load balancer.',
  settings,
  commands: {
    ...operatorCommands(databaseOnly, (values) => values.databaseUrl),
    migrate: {
      describe: 'Bring the database up to date, and end. In production services do not do it by themselves.',
      settings: databaseOnly,
      async run(values: Values<typeof databaseOnly>, { logger }) {
        const applied = await migrateDatabase(values, { service: 'migrate', logger });
        console.log(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
      },
    },
  },
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
