import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';

interface LimiterQuery {
  name?: string;
  text: string;
  values?: unknown[];
}

/** The database in the shape that rate-limiter-flexible expects of a client. It brings its own statements. */
export function limiterClient(db: Database) {
  return {
    async query({ name, text, values = [] }: LimiterQuery): Promise<{ rows: unknown[]; rowCount: number }> {
      const rows = await db.query({ name: name ?? 'login_throttles', text }, values);
      return { rows, rowCount: rows.length };
    },
  };
}

/** Throttles that have run out, a batch of them. */
export async function pruneThrottles(db: Queryable, nowMs: number): Promise<void> {
  await db.query(PRUNE, [nowMs]);
}

const PRUNE: Statement = {
  name: 'prune_login_throttles',
  text: `
  delete from cloudtask.login_throttles
   where key in (select key from cloudtask.login_throttles where expire < $1::bigint limit 1000 for update skip locked)`,
};
