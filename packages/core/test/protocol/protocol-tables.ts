import type { JobStatus } from '@cloudtask/sdk/contract';
import type { Database, Queryable, Statement } from '../../src/database/database.ts';

/**
 * Makes a migrated database fit for these tests: a clock that stands where `setClock` puts it (or runs, at null), and a
 * trigger that writes down every change of a job's status or owner, whoever makes it.
 */
export async function instrument(db: Database): Promise<void> {
  await db.script(`
    create table if not exists public.test_clock (at timestamptz);
    delete from public.test_clock;
    insert into public.test_clock values (null);
    create or replace function cloudtask.clock() returns timestamptz language sql stable as
      'select coalesce((select at from public.test_clock), pg_catalog.now())';
    create table if not exists public.moves (
      id bigint generated always as identity, job_id uuid, from_status text, to_status text, from_fence int, to_fence int);
    create or replace function public.note_move() returns trigger language plpgsql as $$ begin
      insert into public.moves (job_id, from_status, to_status, from_fence, to_fence)
      values (new.id, old.status, new.status, old.fence, new.fence);
      return null;
    end $$;
    create or replace trigger note_move after update on cloudtask.job_states for each row
      when ((old.status, old.fence, old.claim_token) is distinct from (new.status, new.fence, new.claim_token))
      execute function public.note_move();`);
}

/** Empties an instrumented database. */
export async function emptyTables(db: Database): Promise<void> {
  await emptyOwnTables(db);
  await db.script(`
    delete from public.moves;
    update public.test_clock set at = null;`);
}

// A third of the time that truncating takes, and nothing here needs its numbers to begin at 1 again.
export async function emptyOwnTables(db: Database): Promise<void> {
  await db.script(`
    do $$ declare t text; begin
      for t in select tablename from pg_tables where schemaname = 'cloudtask' and tablename <> 'migrations'
      loop execute format('delete from cloudtask.%I', t); end loop;
    end $$;`);
}

export async function setClock(db: Queryable, at: Date): Promise<void> {
  await db.query(SET_CLOCK, [at]);
}
const SET_CLOCK: Statement = { name: 'test_set_clock', text: 'update public.test_clock set at = $1::timestamptz' };

/** Moves time on from where it is now, and stops it there. */
export async function passTime(db: Queryable, ms: number): Promise<void> {
  await db.query(PASS_TIME, [ms]);
}
const PASS_TIME: Statement = {
  name: 'test_pass_time',
  text: `update public.test_clock set at = coalesce(at, pg_catalog.now()) + $1 * interval '1 ms'`,
};

export interface Move {
  jobId: string;
  from: JobStatus;
  to: JobStatus;
  fromFence: number;
  toFence: number;
}

/** Every change since it was last asked, in order. */
export async function takeMoves(db: Queryable): Promise<Move[]> {
  return await db.query<Move>(TAKE_MOVES, []);
}
const TAKE_MOVES: Statement = {
  name: 'test_take_moves',
  text: `
  with taken as (delete from public.moves returning *)
  select job_id as "jobId", from_status as "from", to_status as "to", from_fence as "fromFence", to_fence as "toFence"
    from taken order by id`,
};
