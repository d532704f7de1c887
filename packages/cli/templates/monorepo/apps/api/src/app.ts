import type { CloudTask } from '@cloudtask/sdk';
import { hello } from '@my-jobs/jobs/hello';
import Fastify from 'fastify';

const BODY = { type: 'object', properties: { name: { type: 'string', minLength: 1 } }, required: ['name'] } as const;

/** The web server. It gets the client, so that tests can give it another one. */
export function buildApp(cloudtask: CloudTask) {
  const app = Fastify();
  app.post<{ Body: { name: string } }>('/hello', { schema: { body: BODY } }, async ({ body }, reply) => {
    const { id } = await cloudtask.jobs.create(hello, { name: body.name });
    return reply.code(202).send({ id });
  });
  app.get<{ Params: { id: string } }>('/hello/:id', async ({ params }) => {
    const { status, result, error } = await cloudtask.jobs.get(params.id);
    return { status, result, error: error?.message ?? null };
  });
  return app;
}
