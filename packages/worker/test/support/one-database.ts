import type { Database } from '@cloudtask/core/database/database';
import { afterAll, beforeAll } from 'vitest';
import { openTestDatabase } from './test-platform.ts';

/**
 * One embedded database for all tests of a `describe`, each of which has its own platform on it: `TestPlatform.on(database())`
 * and `platform.leave()`. Opening one costs more processor time than most tests that use it.
 */
export function oneDatabase(): () => Database {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database?.close());
  return () => database;
}
