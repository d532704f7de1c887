import { afterAll, beforeAll, expect, it } from 'vitest';
import { pruneExpired } from '../../src/scheduler/prune-expired.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
afterAll(() => scheduling.close());

it('forgets keys and tokens that have expired, a batch at a time, and no others', async () => {
  const { database } = scheduling;
  await database.script(ROWS);
  expect(await pruneExpired(scheduling)).toEqual({ again: true });
  expect(await pruneExpired(scheduling)).toEqual({ again: false });
  const keys = await database.kysely.selectFrom('cloudtask.idempotency_keys').select('key').execute();
  expect(keys.map(({ key }) => key).sort()).toEqual(['n1002', 'n1003']);
  const refresh = await database.kysely.selectFrom('cloudtask.refresh_tokens').select('token_hash').execute();
  expect(refresh).toEqual([{ token_hash: 'good' }]);
  const slots = await database.kysely.selectFrom('cloudtask.schedule_slots').select('outcome').execute();
  expect(slots).toEqual([{ outcome: 'missed' }]);
  const revoked = await database.kysely.selectFrom('cloudtask.revoked_tokens').select('jti').execute();
  expect(revoked).toEqual([{ jti: '00000000-0000-4000-8000-000000000002' }]);
});

const ROWS = `
  insert into cloudtask.idempotency_keys (user_id, key, body_hash, job_id, expires_at)
  select gen_random_uuid(), 'n' || n, '', gen_random_uuid(),
         cloudtask.clock() + (case when n <= 1001 then -1 else 1 end) * interval '1 min'
    from generate_series(1, 1003) n;
  insert into cloudtask.users (id, email, email_key, password_hash, created_at)
  values ('00000000-0000-4000-8000-000000000001', 'a@example.com', 'a@example.com', '', cloudtask.clock());
  insert into cloudtask.refresh_tokens (token_hash, user_id, family_id, created_at, expires_at)
  select hash, '00000000-0000-4000-8000-000000000001', gen_random_uuid(), cloudtask.clock(), cloudtask.clock() + minutes * interval '1 min'
    from (values ('good', 1), ('over', -1)) v (hash, minutes);
  insert into cloudtask.schedule_slots (schedule_id, slot, outcome, decided_at)
  select '00000000-0000-4000-8000-000000000001', cloudtask.clock() - age, outcome, cloudtask.clock() - age
    from (values (interval '7 days 1 min', 'overlap'), (interval '6 days', 'missed')) v (age, outcome);
  insert into cloudtask.revoked_tokens (jti, expires_at)
  values ('00000000-0000-4000-8000-000000000001', cloudtask.clock() - interval '1 min'),
         ('00000000-0000-4000-8000-000000000002', cloudtask.clock() + interval '1 min');`;
