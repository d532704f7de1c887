import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { findViolations, INVARIANTS, type Invariant } from '../../src/protocol/violations.ts';
import { JobFixture } from './job-fixture.ts';
import { emptyTables, instrument } from './protocol-tables.ts';

/** Damage done to sound tables, by hand, and the invariant that must notice it. */
const DAMAGE: readonly (readonly [Invariant, what: string, sql: string])[] = [
  ['I1', 'a job without a state', `delete from cloudtask.job_states where status = 'PENDING'`],
  [
    'I1',
    'a state without a job',
    `delete from cloudtask.jobs where id in (select id from cloudtask.job_states where status = 'PENDING')`,
  ],
  [
    'I2',
    'a running job without an owner',
    `update cloudtask.job_states set claim_token = null where status = 'RUNNING'`,
  ],
  [
    'I2',
    'an owner of a job that does not run',
    `update cloudtask.job_states set claim_token = gen_random_uuid() where status = 'COMPLETED'`,
  ],
  ['I2', 'a running job without a worker', `update cloudtask.job_states set worker_id = null where status = 'RUNNING'`],
  ['I3', 'a forgotten claim', `delete from cloudtask.claims`],
  ['I3', 'a claim that names other jobs', `update cloudtask.claims set job_ids = '{}'`],
  ['I3', 'a claim of somebody else', `update cloudtask.claims set worker_id = worker_id + 1`],
  [
    'I4',
    'a retry without its timer',
    `delete from cloudtask.timers t using cloudtask.job_states s where s.id = t.job_id and status = 'RETRYING'`,
  ],
  [
    'I4',
    'a timer that comes late',
    `update cloudtask.timers set due_at = due_at + interval '1 hour' where kind = 'due'`,
  ],
  ['I4', 'a job that waits for no time', `update cloudtask.job_states set next_at = null where status = 'SCHEDULED'`],
  [
    'I5',
    'a swept job whose hint is lost',
    `insert into cloudtask.duties values ('rescue-hints', gen_random_uuid(), now(), now() + interval '1 hour')`,
  ],
  ['I5', 'a finished job in the backlog', `update cloudtask.job_states set hinted = false where status = 'COMPLETED'`],
  ['I6', 'more attempts than allowed', `update cloudtask.job_states set failures = 9 where status = 'FAILED'`],
  [
    'I6',
    'a job that waits with no attempt left',
    `update cloudtask.job_states set attempt_limit = 1 where status = 'RETRYING'`,
  ],
  ['I6', 'a job that lost too many workers', `update cloudtask.job_states set losses = 3 where status = 'PENDING'`],
  [
    'I7',
    'a retry after a request to cancel',
    `update cloudtask.job_states set cancel_requested_at = now() where status = 'RETRYING'`,
  ],
  [
    'I7',
    'a request to cancel that nobody is told',
    `update cloudtask.job_states set cancel_requested_at = now() where status = 'RUNNING'`,
  ],
  ['I8', 'a failure without a reason', `update cloudtask.job_states set reason = null where status = 'FAILED'`],
  ['I8', 'a result of a failure', `update cloudtask.job_states set result = '1' where status = 'FAILED'`],
  ['I8', 'an error of a success', `update cloudtask.job_states set error = '{}' where status = 'COMPLETED'`],
  ['I9', 'a failure without a record', `delete from cloudtask.attempts`],
  ['I9', 'a record of an attempt that was never made', `update cloudtask.attempts set fence = fence + 1`],
  [
    'I9',
    'a success that is on record as failed',
    `insert into cloudtask.attempts select id, fence, 1, 'failed', null, 1, now(), now() from cloudtask.job_states where status = 'COMPLETED'`,
  ],
  ['I10', 'an expired job that was started', `update cloudtask.job_states set fence = 1 where status = 'EXPIRED'`],
  ['I11', 'a timer of no job', `insert into cloudtask.timers values (gen_random_uuid(), 'due', now())`],
  [
    'I11',
    'an attempt of no job',
    `update cloudtask.attempts set job_id = gen_random_uuid() where job_id in (select id from cloudtask.job_states where status = 'FAILED')`,
  ],
  [
    'I12',
    'a key for no job',
    `insert into cloudtask.idempotency_keys values (gen_random_uuid(), 'k', 'h', gen_random_uuid(), now() + interval '1 h')`,
  ],
  [
    'I12',
    `a key for another user's job`,
    `insert into cloudtask.idempotency_keys select gen_random_uuid(), 'k', 'h', id, now() + interval '1 h' from cloudtask.jobs limit 1`,
  ],
  [
    'I13',
    'a unique key of a job that has ended',
    `insert into cloudtask.unique_locks select user_id, type, 'k', id from cloudtask.jobs where id in (select id from cloudtask.job_states where status = 'COMPLETED')`,
  ],
  [
    'I13',
    'a unique job without its key',
    `update cloudtask.job_states set unique_until = 'finished' where status = 'PENDING'`,
  ],
  ['I14', 'a failure that is not listed', `delete from cloudtask.failures`],
  [
    'I14',
    'a success that is listed as a failure',
    `insert into cloudtask.failures select id, user_id, type, '', now() from cloudtask.jobs where id in (select id from cloudtask.job_states where status = 'COMPLETED')`,
  ],
];

describe('violations', () => {
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase({ url: 'pglite:memory', applicationName: 'test' });
    await migrate(db);
    await instrument(db);
    // Without its constraints the tables let everything in that only the view can notice.
    await db.script(`do $$ declare c text; begin
      for c in select conname from pg_constraint where conrelid = 'cloudtask.job_states'::regclass and contype = 'c'
      loop execute format('alter table cloudtask.job_states drop constraint %I', c); end loop; end $$`);
  });
  beforeEach(() => emptyTables(db));
  afterAll(() => db.close());

  it.each(DAMAGE)('%s notices %s', async (invariant, _, sql) => {
    const jobs = new JobFixture(db);
    for (const status of ['SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING', 'COMPLETED', 'FAILED', 'EXPIRED'] as const)
      await jobs.jobIn(status);
    expect(await findViolations(db)).toEqual([]);
    await db.script(sql);
    expect((await findViolations(db)).map((violation) => violation.invariant)).toContain(invariant);
  });

  it('are each seen red by some damage', () => {
    expect(new Set(DAMAGE.map(([invariant]) => invariant))).toEqual(new Set(INVARIANTS));
  });

  it('are explained in the docs, kept by a statement and looked for by a test, each by its number', () => {
    const root = new URL('../../../../', import.meta.url);
    const read = (folder: string, files: readonly string[]) =>
      files.map((file) => readFileSync(new URL(`${folder}/${file}`, root), 'utf8')).join('\n');
    const sources = readdirSync(new URL('packages/core/src/protocol', root)).filter((file) => file !== 'violations.ts');
    const tagsIn = (text: string) => new Set([...text.matchAll(/\[(I\d+)\]/g)].map(([, tag]) => tag));
    const all = new Set<string | undefined>(INVARIANTS);
    expect(tagsIn(read('docs', ['protocol.md']))).toEqual(all);
    expect(tagsIn(read('packages/core/src/protocol', sources))).toEqual(all);
  });
});
