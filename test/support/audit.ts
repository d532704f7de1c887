import pg from 'pg';

/** Records every change of a job's status, in the database itself: what no bug of ours can hide. */
export interface Audit {
  /** Jobs that entered a final status more often than people asked for (a retry by a person starts a new life). */
  endedTwice(): Promise<string[]>;
  /** Changes of status that are not in the table of legal moves. */
  illegalMoves(legal: Readonly<Record<string, readonly string[]>>): Promise<string[]>;
  statuses(): Promise<Record<string, number>>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

const INSTALL = `
  create table if not exists public.audit (
    seq bigint generated always as identity primary key, job_id uuid, moved_from text, moved_to text, fence integer);
  create or replace function public.audit_move() returns trigger language plpgsql as $$
  begin
    insert into public.audit (job_id, moved_from, moved_to, fence) values (new.id, old.status, new.status, new.fence);
    return null;
  end $$;
  create or replace trigger audit_moves after update on cloudtask.job_states
    for each row when (old.status is distinct from new.status) execute function public.audit_move();`;

const FINAL = `('COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')`;

export async function installAudit(databaseUrl: string): Promise<Audit> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => {});
  await pool.query(INSTALL);
  const query: Audit['query'] = async (sql, values) => (await pool.query(sql, values)).rows as never;
  return {
    query,
    async endedTwice() {
      const rows = await query<{ job_id: string }>(
        `select job_id from public.audit group by job_id
         having count(*) filter (where moved_to in ${FINAL}) - count(*) filter (where moved_from in ${FINAL}) > 1`,
      );
      return rows.map((row) => row.job_id);
    },
    async illegalMoves(legal) {
      const rows = await query<{ move: string; a: string; b: string }>(
        `select distinct moved_from as a, moved_to as b, moved_from || ' → ' || moved_to as move from public.audit`,
      );
      return rows.filter(({ a, b }) => !legal[a]?.includes(b)).map(({ move }) => move);
    },
    async statuses() {
      const rows = await query<{ status: string; count: number }>(
        'select status, count(*)::int as count from cloudtask.job_states group by status',
      );
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
    },
    close: () => pool.end(),
  };
}
