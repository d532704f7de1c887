import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { MIGRATIONS } from '../../src/database/migrations.ts';
import { openPgliteInMemory } from '../../src/database/pglite.ts';

const OLDER = MIGRATIONS.filter(({ number }) => number < 10);
const ID = '0199d0f4-0000-7000-8000-000000000001';
const OTHER = '0199d0f4-0000-7000-8000-000000000002';

let db: Database;
beforeAll(async () => {
  db = await openPgliteInMemory();
  // It begins as the newest programs make it.
  await db.script('drop schema cloudtask cascade');
  await migrate(db, OLDER);
});
afterAll(() => db.close());

/** As programs of that time write a failure. */
const fail = (id: string) =>
  db.script(`
    insert into cloudtask.failures (job_id, user_id, type, fingerprint, failed_at)
    values ('${id}', gen_random_uuid(), 'a', 'c', now())
    on conflict (job_id) do update set fingerprint = excluded.fingerprint, failed_at = excluded.failed_at`);

it('failures from before they could be discarded need a look, and older programs go on writing them', async () => {
  await fail(ID);
  expect((await migrate(db)).applied).toContain('0010-discarded-failures');
  expect(await migrate(db, OLDER)).toEqual({ applied: [] });
  await fail(ID);
  await fail(OTHER);
  const rows = await db.kysely.selectFrom('cloudtask.failures').select(['job_id', 'discarded_at']).execute();
  expect(rows).toEqual([ID, OTHER].map((job_id) => ({ job_id, discarded_at: null })));
});
