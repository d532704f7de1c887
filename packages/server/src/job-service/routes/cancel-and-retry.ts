import { retryTransient } from '@cloudtask/core/database/retry';
import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { toJob } from '@cloudtask/core/protocol/job-row';
import { redriveJob } from '@cloudtask/core/protocol/redrive';
import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid, refuseMisfit } from '@cloudtask/core/submission/input-refused';
import { payloadText } from '@cloudtask/core/submission/payload-text';
import type { Job } from '@cloudtask/sdk/contract';
import { Type } from 'typebox';
import { announceMoves } from '../../announce-moves.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import type { JobServiceParts } from '../parts.ts';
import { ApiProblem, jobNotFound } from '../problem.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { isUuid } from '../uuid.ts';

const tags = ['jobs'];
const CancelSchema = Type.Union([
  Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
  // No body at all.
  Type.Null(),
]);
const RetrySchema = Type.Union([
  Type.Object(
    { payload: Type.Optional(Type.Unknown({ description: 'Takes the place of the payload; limits as at submit' })) },
    { additionalProperties: false },
  ),
  Type.Null(),
]);
/** These statements lock one row and may meet a batch that locks many. */
const ONCE_MORE = { attempts: 3, isIdempotent: true };

export function cancelAndRetryRoutes(app: App, parts: JobServiceParts): void {
  const { database, signals, reader, settings, types } = parts;

  async function read(userId: string, id: string): Promise<Job> {
    const row = await reader.read({ userId, id });
    if (!row) throw jobNotFound(id);
    return toJob(row);
  }

  /** As JSON text; undefined when the job keeps the one it has. As at submit it has to fit the type. */
  async function newPayload(userId: string, id: string, payload: unknown): Promise<string | undefined> {
    if (payload === undefined) return undefined;
    const text = payloadText(payload);
    const { type } = await read(userId, id);
    refuseMisfit(types.get(type)?.checkPayload(payload) ?? []);
    return text;
  }

  app.post(
    '/jobs/:id/cancel',
    {
      config: { needs: 'jobs:write' },
      schema: {
        tags,
        summary: 'Cancel a job',
        description: '200: it will never run. 202: it runs and was asked to stop; a success that comes first wins.',
        body: CancelSchema,
        response: answers({ 200: refTo('Job'), 202: refTo('Job') }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const { userId } = callerOf(request);
      if (!isUuid(id)) throw jobNotFound(id);
      const reason = request.body?.reason ?? null;
      const issue = reason === null ? undefined : checkText(reason, '/reason');
      if (issue) throw invalid([issue]);
      const answer = await retryTransient(() => cancelJob(database, { id, userId, reason }), ONCE_MORE);
      if (answer === 'not_found') throw jobNotFound(id);
      announceMoves(signals, [{ id, userId, answer }]);
      const job = await read(userId, id);
      if (answer === 'finished' && job.status !== 'CANCELLED') {
        throw new ApiProblem('JOB_FINISHED', `The job ended ${job.status} already.`);
      }
      return reply.code(answer === 'requested' ? 202 : 200).send(job);
    },
  );

  app.post(
    '/jobs/:id/retry',
    {
      config: { needs: 'jobs:write' },
      schema: {
        tags,
        summary: 'Run a job again that ended badly',
        description: 'It gets as many attempts as it had at first. With a payload it runs with that one.',
        body: RetrySchema,
        response: answers({ 200: refTo('Job') }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const { userId } = callerOf(request);
      if (!isUuid(id)) throw jobNotFound(id);
      const payload = await newPayload(userId, id, request.body?.payload);
      const answer = await retryTransient(
        () => redriveJob(database, { id, userId, payload }, settings.priorityAgeing),
        { attempts: 3 },
      );
      switch (answer) {
        case 'not_found':
          throw jobNotFound(id);
        case 'completed':
          throw new ApiProblem('JOB_COMPLETED', 'The job has completed; it is not run again.');
        case 'not_finished':
          throw new ApiProblem('JOB_NOT_FINISHED', 'The job has not ended yet.');
        case 'unique_conflict':
          throw new ApiProblem('UNIQUE_CONFLICT', 'Another job has taken its unique key in the meantime.');
        case 'pending': {
          const job = await read(userId, id);
          announceMoves(signals, [{ id, userId, queue: job.queue, answer }]);
          return reply.send(job);
        }
      }
    },
  );
}
