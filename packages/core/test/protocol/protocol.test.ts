import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { protocolConformance } from './protocol.conformance.ts';

protocolConformance('PGlite', async () => {
  const db = await openDatabase({ url: 'pglite:memory', applicationName: 'test' });
  await migrate(db);
  return db;
});
