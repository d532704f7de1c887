import type { Queryable, Statement } from './database.ts';

/** Whether the database answers: throws `DatabaseUnavailable` when it does not. */
export async function ping(database: Queryable): Promise<void> {
  await database.query(PING, []);
}

const PING: Statement = { name: 'ping', text: 'select 1' };
