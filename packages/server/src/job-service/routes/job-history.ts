import type { OwnedId } from '@cloudtask/core/protocol/owned-jobs';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { readOwnedStates } from '../../store/job-queries.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { nextLink } from '../http/next-link.ts';
import { listJobAttempts } from '../list-attempts.ts';
import { listJobLogs } from '../list-logs.ts';
import type { JobServiceParts } from '../parts.ts';
import { jobNotFound } from '../problem.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { PageQuerySchema } from '../schemas/list-schema.ts';
import { LogsQuerySchema } from '../schemas/live-schema.ts';
import { isUuid } from '../uuid.ts';

const tags = ['jobs'];

export function jobHistoryRoutes(app: App, parts: JobServiceParts): void {
  app.get(
    '/jobs/:id/logs',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'What a job said',
        description: 'The lines of all its attempts, oldest first. The Link header leads to the next page.',
        querystring: LogsQuerySchema,
        response: answers({ 200: Type.Array(refTo('JobLog')) }),
      },
    },
    async (request, reply) => {
      const { rows, nextCursor } = await listJobLogs(parts, await ownJob(parts, request), request.query);
      if (nextCursor !== undefined) reply.header('link', nextLink(request.url, nextCursor));
      return reply.send(rows);
    },
  );

  app.get(
    '/jobs/:id/attempts',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'The attempts of a job',
        description:
          'How each ended, the first one first, and the one that runs. The Link header leads to the next page.',
        querystring: PageQuerySchema,
        response: answers({ 200: Type.Array(refTo('JobAttempt')) }),
      },
    },
    async (request, reply) => {
      const { rows, nextCursor } = await listJobAttempts(parts, await ownJob(parts, request), request.query);
      if (nextCursor !== undefined) reply.header('link', nextLink(request.url, nextCursor));
      return reply.send(rows);
    },
  );
}

async function ownJob({ database }: JobServiceParts, request: FastifyRequest): Promise<OwnedId> {
  const { id } = request.params as { id: string }; // the route's own placeholder
  const wanted = { userId: callerOf(request).userId, id };
  const [found] = isUuid(id) ? await readOwnedStates(database, [wanted]) : [];
  if (!found) throw jobNotFound(id);
  return { ...wanted, id: found.id };
}
