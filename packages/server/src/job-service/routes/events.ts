import { isFinal } from '@cloudtask/sdk/contract';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { type Caller, callerOf } from '../auth/caller.ts';
import { endWithToken } from '../auth/end-with-token.ts';
import { type EventStream, openEventStream } from '../http/event-stream.ts';
import { BEGINNING, isAfter, parseSequence, placeOf } from '../job-sequence.ts';
import type { JobServiceParts } from '../parts.ts';
import { ApiProblem, jobNotFound, overloaded } from '../problem.ts';
import { answers } from '../schemas/answers.ts';
import { EventsQuerySchema } from '../schemas/live-schema.ts';
import { streamJob } from '../stream-job.ts';
import { streamUser } from '../stream-user.ts';
import { isUuid } from '../uuid.ts';

const tags = ['events'];
/** Streams of this process. More would starve everything else of file descriptors. */
const MAX_STREAMS = 5_000;
/** So that one account does not take them all. */
const MAX_STREAMS_OF_USER = 500;
/** A client that does not read must not keep the service from stopping. */
const STOP_MS = 1_000;

export function eventRoutes(app: App, parts: JobServiceParts): void {
  let streams = 0;
  const byUser = new Map<string, number>();

  function open(reply: FastifyReply, caller: Caller): EventStream {
    if (streams >= MAX_STREAMS) throw overloaded('streams');
    const own = (byUser.get(caller.userId) ?? 0) + 1;
    if (own > MAX_STREAMS_OF_USER) {
      throw new ApiProblem('TOO_MANY_STREAMS', `${MAX_STREAMS_OF_USER} streams of yours are open at this server.`);
    }
    streams += 1;
    byUser.set(caller.userId, own);
    const stream = openEventStream(reply);
    endWithToken(parts, caller, stream);
    const stop = () => stream.end(STOP_MS);
    parts.stopping.addEventListener('abort', stop);
    // Not when it ends: until then it holds a connection, and what its client has not read.
    void stream.closed.then(() => {
      parts.stopping.removeEventListener('abort', stop);
      streams -= 1;
      const left = (byUser.get(caller.userId) ?? 1) - 1;
      if (left > 0) byUser.set(caller.userId, left);
      else byUser.delete(caller.userId);
    });
    return stream;
  }

  app.get(
    '/jobs/:id/events',
    {
      exposeHeadRoute: false,
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'Follow a job',
        description:
          'Server-sent events: status, progress and log; first the job as it is, then all that follows until it is final. ' +
          'Last-Event-ID goes on exactly there, at any server.',
        querystring: EventsQuerySchema,
        response: answers({ 200: Type.String({ description: 'text/event-stream' }) }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const caller = callerOf(request);
      const row = isUuid(id) ? await parts.reader.read({ userId: caller.userId, id }) : undefined;
      if (!row) throw jobNotFound(id);
      const lastEventId = request.headers['last-event-id'];
      const start = request.query.from === 'start' ? BEGINNING : undefined;
      const seen = parseSequence(typeof lastEventId === 'string' ? lastEventId : undefined) ?? start;
      // 204 tells a browser's EventSource not to come again.
      if (isFinal(row.status) && !isAfter(placeOf(row), seen)) return reply.code(204).send();
      streamJob(parts, open(reply, caller), { row, seen, withLogs: request.query.logs !== 'false' });
      return reply;
    },
  );

  app.get(
    '/events',
    {
      exposeHeadRoute: false,
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'Follow all your jobs',
        description: 'Server-sent events, live. After a gap comes event: reset; then list your jobs again.',
        response: answers({ 200: Type.String({ description: 'text/event-stream' }) }),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const stream = open(reply, caller);
      // Who was here before has missed what happened since.
      if (request.headers['last-event-id'] !== undefined) stream.send({ event: 'reset', data: {} });
      streamUser(parts.userWatch, stream, caller.userId);
      return reply;
    },
  );
}
