import { afterAll } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { protocolConformance } from './protocol.conformance.ts';

describeServices('PostgreSQL', ['postgres'], ({ postgres }) => {
  let own: TestDatabase | undefined;
  afterAll(() => own?.drop());

  protocolConformance('PostgreSQL', async () => {
    own = await createDatabase(postgres);
    const db = await openDatabase({ url: own.url, applicationName: 'test' });
    await migrate(db);
    return db;
  });
});
