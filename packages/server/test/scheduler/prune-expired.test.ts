import { afterAll, beforeAll, expect, it } from 'vitest';
import { pruneExpired } from '../../src/scheduler/prune-expired.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
afterAll(() => scheduling.close());

it('forgets keys, tokens and pauses that have expired, a batch at a time, and no others', async () => {
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
  const tokens = await database.kysely.selectFrom('cloudtask.api_tokens').select('name').orderBy('name').execute();
  expect(tokens.map(({ name }) => name)).toEqual(['endless', 'expired lately']);
  const pauses = await database.kysely.selectFrom('cloudtask.queue_pauses').select('queue').orderBy('queue').execute();
  expect(pauses.map(({ queue }) => queue)).toEqual(['endless', 'goes on']);
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
         ('00000000-0000-4000-8000-000000000002', cloudtask.clock() + interval '1 min');
  insert into cloudtask.api_tokens (id, user_id, name, token_hash, hint, scopes, created_at, expires_at)
  select gen_random_uuid(), '00000000-0000-4000-8000-000000000001', name, name, '', '{}', cloudtask.clock(),
         cloudtask.clock() - days * interval '1 day'
    from (values ('endless', null), ('expired lately', 29), ('expired long ago', 31)) v (name, days);
  insert into cloudtask.queue_pauses (queue, paused_at, resumes_at, paused_by)
  select queue, cloudtask.clock(), cloudtask.clock() + minutes * interval '1 min', 'ada@example.com'
    from (values ('endless', null), ('goes on', 1), ('over', -1)) v (queue, minutes);`;
