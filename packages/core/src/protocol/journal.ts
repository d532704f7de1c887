import type { Json } from '@cloudtask/sdk/contract';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { Queryable, Statement } from '../database/database.ts';
import type { AttemptRef } from '../messages.ts';
import { arrayText } from './array-text.ts';

/** What an attempt said of itself since it was last written down. `n` numbers its entries, from 1, in the order they were made. */
export interface JournalPage extends AttemptRef {
  attempt: number;
  progress?: { n: number; percent: number | null; message: string | null; data: Json | JsonText } | undefined;
  checkpoint?: { n: number; state: Json | JsonText } | undefined;
  logs: readonly LogEntry[];
}

export interface LogEntry {
  n: number;
  /** Epoch milliseconds by the worker's clock. */
  at: number;
  level: LogLevel;
  message: string;
  fields: Record<string, Json> | JsonText | null;
}

/** JSON that goes into the statement as it is. Parsed, many small values take several times the memory of their text. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Writes down what attempts said. Those that their worker does not own any more are left out: nothing is added to an
 * attempt after its end, so that whoever reads on from an entry misses none. Answers which jobs had something written.
 */
export async function writeJournal(db: Queryable, pages: readonly JournalPage[]): Promise<string[]> {
  if (pages.length === 0) return [];
  const logs = pages.flatMap((page) => page.logs.map((entry) => ({ page, entry })));
  const rows = await db.query<{ id: string }>(WRITE, [
    arrayText(pages.map(({ jobId }) => jobId)),
    arrayText(pages.map(({ fence }) => fence)),
    arrayText(pages.map(({ claimToken }) => claimToken)),
    arrayText(pages.map(({ attempt }) => attempt)),
    pages.map(({ progress }) => (progress ? objectText(progress) : null)),
    pages.map(({ checkpoint }) => (checkpoint ? objectText(checkpoint) : null)),
    `[${logs.map(({ page, entry }) => objectText({ job_id: page.jobId, fence: page.fence, ...entry })).join()}]`,
  ]);
  return rows.map(({ id }) => id);
}

function objectText(values: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(values).map(
    ([name, value]) => `"${name}":${value instanceof JsonText ? value.text : JSON.stringify(value)}`,
  );
  return `{${members.join()}}`;
}

// The lock keeps settle and rescue waiting until this is committed: a reader that sees the end of an attempt sees all
// that it said. In id order, as everybody locks.
const WRITE: Statement = {
  name: 'write_journal',
  text: `
  with pages as materialized (
    select * from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::integer[], $5::json[], $6::json[])
      as p (id, fence, token, attempt, progress, checkpoint)
  ),
  owned as materialized (
    select p.* from cloudtask.job_states s join pages p on p.id = s.id
     where s.status = 'RUNNING' and s.fence = p.fence and s.claim_token = p.token
     order by s.id for no key update of s
  ),
  progressed as (
    insert into cloudtask.progress as old (job_id, fence, n, percent, message, data, reported_at)
    select id, fence, (progress ->> 'n')::integer, (progress ->> 'percent')::double precision, progress ->> 'message',
           progress -> 'data', cloudtask.clock()
      from owned where progress is not null
    on conflict (job_id) do update
       set fence = excluded.fence, n = excluded.n, percent = excluded.percent, message = excluded.message,
           data = excluded.data, reported_at = excluded.reported_at
     where (old.fence, old.n) < (excluded.fence, excluded.n)
  ),
  saved as (
    insert into cloudtask.checkpoints as old (job_id, fence, n, state, saved_at)
    select id, fence, (checkpoint ->> 'n')::integer, checkpoint -> 'state', cloudtask.clock()
      from owned where checkpoint is not null
    on conflict (job_id) do update
       set fence = excluded.fence, n = excluded.n, state = excluded.state, saved_at = excluded.saved_at
     where (old.fence, old.n) < (excluded.fence, excluded.n)
  ),
  logged as (
    insert into cloudtask.job_logs (job_id, fence, n, attempt, logged_at, level, message, fields)
    select o.id, o.fence, l.n, o.attempt, to_timestamp(l.at / 1000.0), l.level, l.message, l.fields
      from json_to_recordset($7::json) as l (job_id uuid, fence integer, n integer, at double precision, level text, message text, fields json)
      join owned o on o.id = l.job_id and o.fence = l.fence
    on conflict (job_id, fence, n) do nothing
  )
  select id from owned`,
};
