import {
  BATCH_BODY_LIMIT,
  BatchSchema,
  MAX_BATCH_JOBS,
  SubmitJobSchema,
} from '@cloudtask/core/submission/submit-schema';
import { Type } from 'typebox';
import { acceptBatch } from '../accept-batch.ts';
import { acceptJob } from '../accept-job.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import type { JobServiceParts } from '../parts.ts';
import { parseFields, pickFields } from '../pick-fields.ts';
import { ApiProblem } from '../problem.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { FieldsSchema } from '../schemas/list-schema.ts';

const tags = ['jobs'];

export function submitRoutes(app: App, parts: JobServiceParts): void {
  app.post(
    '/jobs',
    {
      config: { needs: 'jobs:write' },
      schema: {
        tags,
        summary: 'Submit a job',
        description:
          '201 means that it is durable. With an Idempotency-Key header it can be repeated safely for 24 hours. 200: another job has its unique key and is the answer, as it is now.',
        body: SubmitJobSchema,
        response: answers({ 200: refTo('Job'), 201: refTo('Job') }),
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const { job, isReplay, isDuplicate } = await acceptJob(parts, {
        userId,
        body: request.body,
        idempotencyKey: idempotencyKeyOf(request),
        traceparent: request.traceparent,
      });
      reply.code(isDuplicate ? 200 : 201).header('location', `/jobs/${job.id}`);
      if (isDuplicate) reply.header('unique-conflict', 'true');
      if (isReplay) reply.header('idempotency-replayed', 'true');
      return reply.send(job);
    },
  );

  app.post(
    '/jobs/batch',
    {
      config: { needs: 'jobs:write' },
      bodyLimit: BATCH_BODY_LIMIT,
      schema: {
        tags,
        summary: 'Submit up to 10,000 jobs',
        description: 'Each item has an outcome of its own.',
        querystring: FieldsSchema,
        body: BatchSchema,
        response: answers({ 200: Type.Object({ results: Type.Array(Type.Unknown()) }) }),
      },
    },
    async (request, reply) => {
      const items = request.body.jobs;
      if (items.length > MAX_BATCH_JOBS) {
        throw new ApiProblem('BATCH_TOO_LARGE', `The batch has ${items.length} jobs; ${MAX_BATCH_JOBS} are allowed.`);
      }
      const fields = parseFields(request.query.fields);
      const { userId } = callerOf(request);
      const { traceparent } = request;
      const idempotencyKey = idempotencyKeyOf(request);
      const results = await acceptBatch(parts, { userId, items, idempotencyKey, traceparent });
      return reply.send({
        results: fields
          ? results.map((result) => (result.ok ? { ...result, job: pickFields(result.job, fields) } : result))
          : results,
      });
    },
  );
}
