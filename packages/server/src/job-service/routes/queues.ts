import { pauseQueue, resumeQueue } from '@cloudtask/core/protocol/queue-pauses';
import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid } from '@cloudtask/core/submission/input-refused';
import { limitedDuration } from '@cloudtask/core/submission/limited-duration';
import { QUEUE_PATTERN } from '@cloudtask/core/submission/submit-schema';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { findAccount } from '../../store/accounts.ts';
import type { App } from '../app-type.ts';
import { badToken, callerOf } from '../auth/caller.ts';
import type { JobServiceParts } from '../parts.ts';
import { queueOverview, toPauseInfo } from '../queue-overview.ts';
import { answers } from '../schemas/answers.ts';
import { PauseQueueSchema, QueueInfoSchema, QueuePauseSchema } from '../schemas/operations-schema.ts';

const tags = ['platform'];
const config = { needs: 'operator' } as const;
const PAUSE_LIMITS = { minMs: 1_000, maxMs: 366 * 86_400_000 };

export function queueRoutes(app: App, parts: JobServiceParts): void {
  const { database, signals, logger } = parts;

  app.get(
    '/queues',
    {
      config,
      schema: {
        tags,
        summary: 'Queues that have workers, a pause or a backlog',
        response: answers({ 200: Type.Array(QueueInfoSchema) }),
      },
    },
    async (_request, reply) => reply.send(await queueOverview(parts)),
  );

  app.post(
    '/queues/:name/pause',
    {
      config,
      schema: {
        tags,
        summary: 'Pause a queue',
        description:
          'None of its jobs is started; those that run go on. Of a queue that is paused it changes reason and end.',
        body: PauseQueueSchema,
        response: answers({ 200: QueuePauseSchema }),
      },
    },
    async (request, reply) => {
      const queue = queueOf(request);
      const reason = request.body?.reason ?? null;
      const issue = reason === null ? undefined : checkText(reason, '/reason');
      if (issue) throw invalid([issue]);
      const given = request.body?.for;
      const forMs = given === undefined ? null : limitedDuration('/for', given, PAUSE_LIMITS);
      const { userId } = callerOf(request);
      const operator = await findAccount(database, userId);
      if (!operator) throw badToken('TOKEN_REVOKED');
      const pause = await pauseQueue(database, { queue, reason, forMs, pausedBy: operator.email });
      logger.info({ queue, userId, forMs }, 'queue paused');
      return reply.send(toPauseInfo(pause));
    },
  );

  app.post(
    '/queues/:name/resume',
    {
      config,
      schema: {
        tags,
        summary: 'Resume a queue',
        description: 'Fine to repeat.',
        response: answers({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      const queue = queueOf(request);
      if (await resumeQueue(database, queue)) {
        logger.info({ queue, userId: callerOf(request).userId }, 'queue resumed');
        signals.ring('backlog', [{ id: queue }]);
      }
      return reply.code(204).send();
    },
  );
}

function queueOf(request: FastifyRequest): string {
  const { name } = request.params as { name: string }; // the route's own placeholder
  if (new RegExp(QUEUE_PATTERN).test(name)) return name;
  throw invalid([{ path: '/name', message: 'must be 1 to 100 letters, digits and . _ -' }], 'address');
}
