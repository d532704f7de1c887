import { CloudTask, ConflictError } from '@cloudtask/sdk';
import { createWorker } from '@cloudtask/worker';
import { buildShop } from './build-shop.ts';
import { invoices } from './handlers.ts';

const env = (name: string, otherwise: string) => process.env[name] ?? otherwise;
const worker = createWorker({
  handlers: [invoices],
  queues: { invoices: { concurrency: 2 } },
  database: env('CLOUDTASK_DATABASE_URL', 'postgres://cloudtask:cloudtask@localhost:5432/cloudtask'),
  broker: env('CLOUDTASK_BROKER_URL', 'amqp://guest:guest@localhost:5672'),
  queuePrefix: env('CLOUDTASK_QUEUE_PREFIX', ''),
});
const account = { email: 'shop@example.com', password: 'a quite long passphrase' };
const cloudtask = new CloudTask({ url: env('CLOUDTASK_URL', 'http://127.0.0.1:8080'), auth: account });

const app = buildShop(cloudtask);
// The web server decides when all ends: the worker lets its jobs finish first.
app.addHook('onClose', async () => {
  console.log('worker stopped:', await worker.stop({ grace: '20s' }));
  await cloudtask.close();
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());

await cloudtask.auth.register(account).catch(async (error: unknown) => {
  if (!(error instanceof ConflictError)) throw error;
  await cloudtask.auth.login(account);
});
await worker.start();
console.log(`shop ready on ${await app.listen({ port: Number(env('PORT', '3000')) })}`);
