import type { Database, Queryable } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGEING_MS, newJob } from '../../../core/test/protocol/job-fixture.ts';
import { type JobToStore, storeInTransaction } from '../../src/job-service/store-in-transaction.ts';

let database: Database;
beforeAll(async () => {
  database = await openPgliteInMemory();
  await migrate(database);
});
afterAll(() => database.close());

const store = (jobs: readonly JobToStore[], through = (tx: Queryable) => tx) =>
  database.transaction((tx) => storeInTransaction(through(tx), jobs, AGEING_MS));

describe('jobs in a transaction of their caller', () => {
  it('are told the slot before their own that made a job, not one whose job was refused', async () => {
    const id = crypto.randomUUID();
    const at = (n: number) => `2030-01-01T00:00:0${n}.000Z`;
    const unique = (key: string) => ({ unique: { key, until: 'finished' as const } });
    await store([newJob(unique('taken'))]);
    const slots = [
      newJob({ ...unique('a'), schedule: { id, slot: at(1), previousSlot: null } }),
      newJob({ ...unique('taken'), schedule: { id, slot: at(2), previousSlot: at(1) } }),
      newJob({ ...unique('taken'), schedule: { id, slot: at(3), previousSlot: at(2) } }),
      newJob({ ...unique('z'), schedule: { id, slot: at(4), previousSlot: at(3) } }),
    ];
    const { refusals } = await store(slots);
    expect([...refusals.keys()]).toEqual([slots[1]?.id, slots[2]?.id]);
    const told = await database.kysely
      .selectFrom('cloudtask.jobs')
      .select(['scheduled_for', 'previous_scheduled_for'])
      .where('schedule_id', '=', id)
      .orderBy('scheduled_for')
      .execute();
    expect(told).toEqual([
      { scheduled_for: new Date(at(1)), previous_scheduled_for: null },
      { scheduled_for: new Date(at(4)), previous_scheduled_for: new Date(at(1)) },
    ]);
  });

  it('go in several statements when their metadata is large', async () => {
    const metadata = { text: 'x'.repeat(15_000) };
    let statements = 0;
    await store(
      Array.from({ length: 100 }, () => newJob({ metadata })),
      (tx) => ({
        query: (statement, values) => {
          statements += 1;
          return tx.query(statement, values);
        },
      }),
    );
    expect(statements).toBeGreaterThan(1);
  });
});
