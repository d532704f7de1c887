import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPostgres } from '@cloudtask/core/database/postgres';
import { submitUniqueJob } from '@cloudtask/core/protocol/submit-unique';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { describeServices } from '../../../test/support/services.ts';
import { newJob, TestPlatform } from './support/test-platform.ts';

describeServices('the jobs that handlers make on PostgreSQL', ['postgres'], (urls) => {
  let database: TestDatabase;
  let platform: TestPlatform;

  beforeEach(async () => {
    database = await createDatabase(urls.postgres);
    const db = await openPostgres({ url: database.url, applicationName: 'child-jobs-test' });
    await migrate(db);
    const inProcess = { broker: openMemoryBroker(), signals: openMemorySignals() };
    platform = new TestPlatform({ database: db, ...inProcess }, database.url);
    await platform.settleReports();
  });
  afterEach(async () => {
    await platform.close();
    await database.drop();
  });

  it('do not block each other when many at the same moment want the unique key of the job that makes them', async () => {
    const unique = { key: 'the only one' };
    await platform.worker({
      again: async (_, { job, jobs }) => {
        const calls = Array.from({ length: 12 }, async (_, turn) => {
          // Each in a turn of its own, while those before are on their way.
          for (let turns = 0; turns < turn; turns += 1) await new Promise((resolve) => setImmediate(resolve));
          return await jobs.create(job.type, null, { unique });
        });
        return (await Promise.all(calls)).map(({ id }) => id);
      },
    });
    const job = { ...newJob('again', null), unique: { ...unique, until: 'finished' as const } };
    await submitUniqueJob(platform.parts.database, job, { onConflict: 'return', ageingMs: 600_000 });
    await platform.hint('again', [job.id]);
    const { result, failures } = await platform.finished(job.id);
    expect({ result, failures }).toEqual({ result: Array.from({ length: 12 }, () => job.id), failures: 0 });
  });
});
