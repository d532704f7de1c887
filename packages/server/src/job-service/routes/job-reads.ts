import { toJob } from '@cloudtask/core/protocol/job-row';
import type { Duration } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { countJobs } from '../count-jobs.ts';
import { nextLink } from '../http/next-link.ts';
import { toJobFilter } from '../job-filter.ts';
import { listOwnJobs } from '../list-own-jobs.ts';
import type { JobServiceParts } from '../parts.ts';
import { parseFields, pickFields } from '../pick-fields.ts';
import { jobNotFound } from '../problem.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { CountQuerySchema, JobCountSchema, ListQuerySchema, WaitQuerySchema } from '../schemas/list-schema.ts';
import { isUuid } from '../uuid.ts';
import { waitForJob } from '../wait-for-job.ts';

const tags = ['jobs'];
/** Proxies give up on a quiet request after this long; who wants to wait longer asks again. */
const MAX_WAIT_MS = 60_000;

export function jobReadRoutes(app: App, parts: JobServiceParts): void {
  app.get(
    '/jobs',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'Your jobs, newest first',
        description:
          'The Link header leads to the next page. A page may be shorter than its limit while there are more.',
        querystring: ListQuerySchema,
        response: answers({ 200: Type.Array(refTo('Job')) }),
      },
    },
    async (request, reply) => {
      const fields = parseFields(request.query.fields);
      const { jobs, nextCursor } = await listOwnJobs(parts, callerOf(request).userId, request.query, fields);
      if (nextCursor !== undefined) reply.header('link', nextLink(request.url, nextCursor));
      return reply.send(fields ? jobs.map((job) => pickFields(job, fields)) : jobs);
    },
  );

  app.get(
    '/jobs/count',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'How many of your jobs a filter chooses',
        description: 'Counted to 10,000, for 5 s at most.',
        querystring: CountQuerySchema,
        response: answers({ 200: JobCountSchema }),
      },
    },
    async (request) => {
      const filter = toJobFilter(request.query, { nowMs: parts.clock.now() });
      return await countJobs(parts.database, { userId: callerOf(request).userId, filter });
    },
  );

  app.get(
    '/jobs/:id',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'A job',
        description: 'With wait it answers when the job is final, or after that time with the job as it is then.',
        querystring: WaitQuerySchema,
        response: answers({ 200: refTo('Job') }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const { userId } = callerOf(request);
      const fields = parseFields(request.query.fields);
      const timeoutMs = Math.min(MAX_WAIT_MS, parseDuration((request.query.wait ?? 0) as Duration));
      if (!isUuid(id)) throw jobNotFound(id);
      const wait = { userId, id, timeoutMs, signal: timeoutMs === 0 ? parts.stopping : goneOrStopping(reply, parts) };
      const row = await waitForJob({ reader: parts.reader, watch: parts.jobWatch }, wait);
      if (!row) throw jobNotFound(id);
      return reply.send(pickFields(toJob(row), fields));
    },
  );
}

function goneOrStopping(reply: FastifyReply, { stopping }: JobServiceParts): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
}
