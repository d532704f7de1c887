import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { afterAll } from 'vitest';
import { instrument } from '../../../core/test/protocol/protocol-tables.ts';
import { operationsConformance } from './operations.conformance.ts';

let database: Database | undefined;
afterAll(() => database?.close());

operationsConformance('PGlite', async () => {
  database = await openPgliteInMemory();
  await migrate(database);
  await instrument(database);
  return database;
});
