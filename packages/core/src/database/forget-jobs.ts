import type { Database } from './database.ts';

/** What stays: who may do what, and who is there to do it. */
const KEPT = [
  'migrations',
  'users',
  'api_tokens',
  'refresh_tokens',
  'revoked_tokens',
  'workers',
  'job_types',
  'duties',
];

/** Deletes all jobs and schedules of all accounts, and everything that belongs to them: for tests. */
export async function forgetJobs(db: Database): Promise<void> {
  await db.script(`
    do $$ declare t text; begin
      for t in select tablename from pg_tables where schemaname = 'cloudtask'
                and tablename not in (${KEPT.map((name) => `'${name}'`).join(', ')})
      loop execute format('delete from cloudtask.%I', t); end loop;
    end $$`);
}
