import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { afterAll } from 'vitest';
import { apiTokenConformance } from './api-tokens.conformance.ts';

let database: Database | undefined;
afterAll(() => database?.close());

apiTokenConformance('PGlite', async () => {
  database = await openPgliteInMemory();
  await migrate(database);
  return database;
});
