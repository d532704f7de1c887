import type { CloudTask } from '@cloudtask/sdk';
import Fastify, { type FastifyInstance } from 'fastify';
import { sendInvoice } from './jobs.ts';

/** The web server. It is given the client, so that tests can give another. */
export function buildShop(cloudtask: CloudTask): FastifyInstance {
  const app = Fastify();
  app.post<{ Params: { order: string } }>('/orders/:order/invoice', async ({ params }, reply) => {
    const { id } = await cloudtask.jobs.create(sendInvoice, { order: Number(params.order) });
    return reply.code(202).send({ id });
  });
  app.get<{ Params: { id: string } }>('/invoices/:id', async ({ params }) => {
    const { status, result } = await cloudtask.jobs.wait(params.id, { timeout: '10s' });
    return { status, result };
  });
  return app;
}
