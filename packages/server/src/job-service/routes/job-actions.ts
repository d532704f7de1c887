import { Type } from 'typebox';
import { type ActionRow, listActions, readAction, stopAction } from '../../store/job-actions.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { nextLink } from '../http/next-link.ts';
import type { JobServiceParts } from '../parts.ts';
import { ApiProblem } from '../problem.ts';
import { readPage } from '../read-page.ts';
import { ActionPreviewSchema, StartActionSchema } from '../schemas/action-schema.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { PageQuerySchema } from '../schemas/list-schema.ts';
import { startAction, toAction } from '../start-action.ts';
import { isUuid } from '../uuid.ts';

const tags = ['actions'];
const DEFAULT_LIMIT = 100;
const LIST = 'actions';

export function jobActionRoutes(app: App, parts: JobServiceParts): void {
  const { database, cursors } = parts;

  async function read(userId: string, id: string) {
    const row = isUuid(id) ? await readAction(database, userId, id) : undefined;
    if (!row)
      throw new ApiProblem('ACTION_NOT_FOUND', `There is no action ${JSON.stringify(id.slice(0, 100))} of yours.`);
    return row;
  }

  app.post(
    '/jobs/actions',
    {
      config: { needs: 'jobs:write' },
      schema: {
        tags,
        summary: 'Retry, cancel, discard or restore all jobs that a filter chooses',
        description: '202: the scheduler carries it out. 200: a dry run, which changes nothing.',
        body: StartActionSchema,
        response: answers({ 200: ActionPreviewSchema, 202: refTo('JobAction') }),
      },
    },
    async (request, reply) => {
      const answer = await startAction(parts, { userId: callerOf(request).userId, body: request.body });
      if ('preview' in answer) return reply.send(answer.preview);
      return reply.code(202).header('location', `/jobs/actions/${answer.started.id}`).send(answer.started);
    },
  );

  app.get(
    '/jobs/actions',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'Your actions on many jobs, newest first',
        querystring: PageQuerySchema,
        response: answers({ 200: Type.Array(refTo('JobAction')) }),
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const { rows, nextCursor } = await readPage<ActionRow>(
        cursors,
        { userId, list: LIST, limit, cursor, placeOf: ({ id }) => id },
        (from) => listActions(database, { userId, ...from }),
      );
      if (nextCursor !== undefined) reply.header('link', nextLink(request.url, nextCursor));
      return reply.send(rows.map(toAction));
    },
  );

  app.get(
    '/jobs/actions/:id',
    {
      config: { needs: 'jobs:read' },
      schema: { tags, summary: 'An action on many jobs', response: answers({ 200: refTo('JobAction') }) },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      return reply.send(toAction(await read(callerOf(request).userId, id)));
    },
  );

  app.post(
    '/jobs/actions/:id/stop',
    {
      config: { needs: 'jobs:write' },
      schema: {
        tags,
        summary: 'Stop an action',
        description: 'What it has done stays done.',
        response: answers({ 200: refTo('JobAction') }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const { userId } = callerOf(request);
      await read(userId, id);
      const isStopped = await stopAction(database, { userId, id, reason: 'stopped by its user' });
      const action = toAction(await read(userId, id));
      if (!isStopped) throw new ApiProblem('ACTION_ENDED', `The action is ${action.state} already.`);
      return reply.send(action);
    },
  );
}
