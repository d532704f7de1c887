// The other half of the naive pipeline: one event message and one UPDATE per job.
import { connect } from 'amqplib';
import pg from 'pg';
import { obey, type Urls } from '../contestant.ts';

const urls = JSON.parse(process.argv[2] ?? '{}') as Urls;
const pool = new pg.Pool({ connectionString: urls.database, max: 10 });
const broker = await connect(urls.broker, { noDelay: true });
const channel = await broker.createConfirmChannel();
for (const queue of ['naive.created', 'naive.completed']) await channel.assertQueue(queue, { durable: true });
await channel.prefetch(200);
let finished = 0;

await channel.consume('naive.created', async (message) => {
  if (!message) return;
  const { id } = JSON.parse(message.content.toString()) as { id: string };
  const event = Buffer.from(JSON.stringify({ id, result: { ok: true } }));
  channel.sendToQueue('naive.completed', event, { persistent: true }, () => channel.ack(message));
});

await channel.consume('naive.completed', async (message) => {
  if (!message) return;
  const { id, result } = JSON.parse(message.content.toString()) as { id: string; result: unknown };
  await pool.query("update naive_jobs set status = 'COMPLETED', result = $2, updated_at = now() where id = $1", [
    id,
    JSON.stringify(result),
  ]);
  channel.ack(message);
  finished += 1;
});

obey({
  count: async () => finished,
  async stop() {
    await broker.close();
    await pool.end();
  },
});
