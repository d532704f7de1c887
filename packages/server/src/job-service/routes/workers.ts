import { requestDrain } from '@cloudtask/core/protocol/drain-worker';
import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid } from '@cloudtask/core/submission/input-refused';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { findAccount } from '../../store/accounts.ts';
import { jobsOfWorker } from '../../store/jobs-of-worker.ts';
import { findWorker, listWorkers } from '../../store/workers.ts';
import type { App } from '../app-type.ts';
import { badToken, callerOf } from '../auth/caller.ts';
import type { JobServiceParts } from '../parts.ts';
import { workerNotFound } from '../problem.ts';
import { answers } from '../schemas/answers.ts';
import {
  DrainWorkerSchema,
  WorkerDetailsSchema,
  WorkerInfoSchema,
  WorkersQuerySchema,
} from '../schemas/operations-schema.ts';
import { toWorkerDetails, toWorkerInfo } from '../show-worker.ts';

const tags = ['platform'];
const config = { needs: 'operator' } as const;
const SHOWN_OF_ALL = 100;
/** Of those that run now all, as far as anybody has that many. */
const SHOWN_OF_LIVE = 10_000;

export function workerRoutes(app: App, parts: JobServiceParts): void {
  const { database, signals, logger } = parts;

  app.get(
    '/workers',
    {
      config,
      schema: {
        tags,
        summary: 'Workers that run now, newest first',
        querystring: WorkersQuerySchema,
        response: answers({ 200: Type.Array(WorkerInfoSchema) }),
      },
    },
    async (request, reply) => {
      const all = request.query.all ?? false;
      const workers = await listWorkers(database, { all, limit: all ? SHOWN_OF_ALL : SHOWN_OF_LIVE });
      return reply.send(workers.map(toWorkerInfo));
    },
  );

  app.get(
    '/workers/:id',
    {
      config,
      schema: {
        tags,
        summary: 'A worker, and what it runs now',
        response: answers({ 200: WorkerDetailsSchema }),
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const [worker, jobs] = await Promise.all([findWorker(database, id), jobsOfWorker(database, id)]);
      if (!worker) throw workerNotFound(id);
      return reply.send(toWorkerDetails(worker, jobs));
    },
  );

  app.post(
    '/workers/:id/drain',
    {
      config,
      schema: {
        tags,
        summary: 'Drain a worker',
        description:
          'It takes no more jobs, ends those that it runs within its shutdown grace, gives the others back, and then ends itself, as at SIGTERM. It learns of it within 5 s, and counts as none from now on. Fine to repeat; a new reason takes the place of the old one.',
        body: DrainWorkerSchema,
        response: answers({ 200: WorkerInfoSchema }),
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const reason = request.body?.reason ?? null;
      const issue = reason === null ? undefined : checkText(reason, '/reason');
      if (issue) throw invalid([issue]);
      const { userId } = callerOf(request);
      const operator = await findAccount(database, userId);
      if (!operator) throw badToken('TOKEN_REVOKED');
      const isAsked = await requestDrain(database, { workerId: id, reason, requestedBy: operator.email });
      const worker = await findWorker(database, id);
      if (!worker || !isAsked) throw workerNotFound(id, worker);
      signals.ring('drains', [{ id: String(id) }]);
      logger.info({ workerId: id, worker: worker.name, userId }, 'worker asked to drain');
      return reply.send(toWorkerInfo(worker));
    },
  );
}

/** What is no id of a worker is no worker, like a number that none has. */
function idOf(request: FastifyRequest): number {
  const { id } = request.params as { id: string }; // the route's own placeholder
  if (/^\d{1,10}$/.test(id) && Number(id) <= MAX_ID) return Number(id);
  throw workerNotFound(id);
}

const MAX_ID = 2_147_483_647;
