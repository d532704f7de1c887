import { CloudTask, ConflictError, createHandlers, defineJob, jsonSchema } from '@cloudtask/sdk';
import { createWorker } from '@cloudtask/worker';
import Fastify from 'fastify';

const sendInvoice = defineJob({
  type: 'invoice.send',
  payload: jsonSchema<{ order: number }>({
    type: 'object',
    properties: { order: { type: 'integer' } },
    required: ['order'],
  }),
  result: jsonSchema<{ number: string }>({}),
  // A queue of its own: workers elsewhere, which do not have this handler, are not offered its jobs.
  queue: 'invoices',
});

const { defineHandler } = createHandlers({
  services: {
    numbers: ({ onClose, log }) => {
      let last = 0;
      onClose(() => log.info('numbers given', { last }));
      return { next: () => `INV-${++last}` };
    },
  },
});
const invoices = defineHandler(sendInvoice, ({ order }, { services, log }) => {
  log.info('an invoice is written', { order });
  return { number: services.numbers.next() };
});

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

const app = Fastify();
app.post<{ Params: { order: string } }>('/orders/:order/invoice', async ({ params }, reply) => {
  const { id } = await cloudtask.jobs.create(sendInvoice, { order: Number(params.order) });
  return reply.code(202).send({ id });
});
app.get<{ Params: { id: string } }>('/invoices/:id', async ({ params }) => {
  const { status, result } = await cloudtask.jobs.wait(params.id, { timeout: '10s' });
  return { status, result };
});
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
