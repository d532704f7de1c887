import { createDatabase } from '../../../../test/support/database.ts';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { instrument } from './protocol-tables.ts';

export interface OwnDatabase {
  url: string;
  db: Database;
  close(): Promise<void>;
}

/** A migrated database of the test's own on a PostgreSQL server that others use too. */
export async function openOwnDatabase(server: string, maxConnections = 8): Promise<OwnDatabase> {
  const { url, drop } = await createDatabase(server);
  const db = await openDatabase({ url, applicationName: 'test', maxConnections });
  await migrate(db);
  await instrument(db);
  const close = async () => {
    await db.close();
    await drop();
  };
  return { url, db, close };
}
