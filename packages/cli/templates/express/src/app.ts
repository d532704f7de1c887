import { type CloudTask, CloudTaskError } from '@cloudtask/sdk';
import express, { type ErrorRequestHandler } from 'express';
import { hello } from './jobs/hello.ts';

/** The web server. It gets the client, so that tests can give it another one. */
export function buildApp(cloudtask: CloudTask) {
  const app = express();
  app.use(express.json());
  app.post('/hello', async ({ body }, response) => {
    const { id } = await cloudtask.jobs.create(hello, body);
    response.status(202).json({ id });
  });
  app.get('/hello/:id', async ({ params }, response) => {
    const { status, result, error } = await cloudtask.jobs.get(params.id);
    response.json({ status, result, error: error?.message ?? null });
  });
  app.use(answerRefusal);
  return app;
}

/** What the caller can mend is told; anything else from CloudTask means that jobs cannot be taken now. */
const answerRefusal: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof CloudTaskError)) return next(error);
  const status = STATUSES[error.code] ?? 503;
  if (status === 503) console.error(error);
  response.status(status).json({ error: error.code });
};

const STATUSES: Record<string, number> = { INVALID_PAYLOAD: 400, JOB_NOT_FOUND: 404 };
