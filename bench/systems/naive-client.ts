// The pipeline that one writes first: one INSERT and one confirmed message per job. No batching anywhere.
import { connect } from 'amqplib';
import pg from 'pg';
import { v7 } from 'uuid';
import { CALLERS, type Mode, obey, type Urls } from '../contestant.ts';

const urls = JSON.parse(process.argv[2] ?? '{}') as Urls;
const pool = new pg.Pool({ connectionString: urls.database, max: 10 });
await pool.query(`
  create table if not exists naive_jobs (
    id uuid primary key, user_id uuid not null, type text not null, queue text not null, payload jsonb not null,
    status text not null, result jsonb, created_at timestamptz not null default now(), updated_at timestamptz)`);
await pool.query('create index if not exists naive_jobs_by_user on naive_jobs (user_id, created_at desc)');
const userId = v7();
const broker = await connect(urls.broker, { noDelay: true });
const channel = await broker.createConfirmChannel();
await channel.assertQueue('naive.created', { durable: true });

async function submitOne(): Promise<void> {
  const id = v7();
  const payload = JSON.stringify({ to: 'ada@example.com', text: 'x'.repeat(170) });
  await pool.query(
    "insert into naive_jobs (id, user_id, type, queue, payload, status) values ($1, $2, 'noop', 'default', $3, 'PENDING')",
    [id, userId, payload],
  );
  await new Promise<void>((resolve, reject) => {
    const body = Buffer.from(JSON.stringify({ id, payload }));
    channel.sendToQueue('naive.created', body, { persistent: true }, (error) => (error ? reject(error) : resolve()));
  });
}

obey({
  async submit(mode: Mode, jobs: number) {
    let next = 0;
    const caller = async () => {
      while (next++ < jobs) await submitOne();
    };
    await Promise.all(Array.from({ length: CALLERS[mode] }, caller));
  },
  async stop() {
    await broker.close();
    await pool.end();
  },
});
