import { totalSlots } from '@cloudtask/core/protocol/live-workers';
import type { WorkerInfo } from '@cloudtask/sdk/contract';
import { Type } from 'typebox';
import { listWorkers, type WorkerRow } from '../../store/workers.ts';
import type { App } from '../app-type.ts';
import { findType } from '../find-type.ts';
import { listTypes } from '../list-types.ts';
import type { JobServiceParts } from '../parts.ts';
import { platformStats } from '../platform-stats.ts';
import { answers } from '../schemas/answers.ts';
import { StatsSchema, TypeInfoSchema, WorkerInfoSchema, WorkersQuerySchema } from '../schemas/operations-schema.ts';

const tags = ['platform'];
const SHOWN_OF_ALL = 100;
/** Of those that run now all, as far as anybody has that many. */
const SHOWN_OF_LIVE = 10_000;

export function workerRoutes(app: App, parts: JobServiceParts): void {
  const { database } = parts;

  app.get(
    '/workers',
    {
      config: { needs: 'operator' },
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
    '/stats',
    {
      config: { needs: 'operator' },
      schema: {
        tags,
        summary: 'The platform in a few numbers',
        description: 'Only what is cheap to know, so that it may be asked often: counts end at 10,000.',
        response: answers({ 200: StatsSchema }),
      },
    },
    async (_request, reply) => reply.send(await platformStats(parts)),
  );

  app.get(
    '/types',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'Types of jobs, and what they take',
        response: answers({ 200: Type.Array(TypeInfoSchema) }),
      },
    },
    async (_request, reply) => reply.send(await listTypes(database)),
  );

  app.get(
    '/types/:type',
    {
      config: { needs: 'jobs:read' },
      schema: { tags, summary: 'A type of jobs, and what it takes', response: answers({ 200: TypeInfoSchema }) },
    },
    async (request, reply) => {
      const { type } = request.params as { type: string }; // the route's own placeholder
      return reply.send(await findType(database, type));
    },
  );
}

function toWorkerInfo(worker: WorkerRow): WorkerInfo {
  const { queueSlots: _, startedAt, heartbeatAt, lastDeliveryAt, deafSince, types, ...shown } = worker;
  return {
    ...shown,
    types: types.map(({ type }) => type),
    slots: totalSlots(worker),
    startedAt: startedAt.toISOString(),
    heartbeatAt: heartbeatAt.toISOString(),
    lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null,
    deafSince: deafSince?.toISOString() ?? null,
  };
}
