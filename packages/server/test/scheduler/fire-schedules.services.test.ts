import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { createDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { firingConformance } from './fire-schedules.conformance.ts';

describeServices('schedules on PostgreSQL', ['postgres'], (urls) =>
  firingConformance(async () => {
    const { url, drop } = await createDatabase(urls.postgres);
    const database = await openDatabase({ url, applicationName: 'test', maxConnections: 4, logger: silentLogger });
    return { database, close: drop };
  }),
);
