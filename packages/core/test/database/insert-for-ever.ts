// Inserts 1, 2, 3 … into an embedded database, some in transactions, and says each number once it is committed.
import { openPglite } from '../../src/database/pglite.ts';

const [directory = ''] = process.argv.slice(2);
const db = await openPglite({ directory });
await db.script('create table if not exists numbers (n int primary key)');
const insert = { name: 'insert', text: 'insert into numbers select coalesce(max(n), 0) + 1 from numbers returning n' };
for (;;) {
  const [row] = await db.query<{ n: number }>(insert, []);
  console.log(row?.n);
  const both = await db.transaction(async (tx) => [
    ...(await tx.query<{ n: number }>(insert, [])),
    ...(await tx.query<{ n: number }>(insert, [])),
  ]);
  for (const { n } of both) console.log(n);
}
