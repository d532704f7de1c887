import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { nextLink } from '../http/next-link.ts';
import { listFailures } from '../list-failures.ts';
import type { JobServiceParts } from '../parts.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { FailuresQuerySchema } from '../schemas/list-schema.ts';

export function failureRoutes(app: App, parts: JobServiceParts): void {
  app.get(
    '/failures',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags: ['failures'],
        summary: 'Your FAILED jobs by cause, the one that struck last first',
        description:
          'Without those that were discarded. GET /jobs?fingerprint= lists the jobs of a cause; POST /jobs/actions retries or discards them.',
        querystring: FailuresQuerySchema,
        response: answers({ 200: Type.Array(refTo('FailureCause')) }),
      },
    },
    async (request, reply) => {
      const { causes, nextCursor } = await listFailures(parts, callerOf(request).userId, request.query);
      if (nextCursor !== undefined) reply.header('link', nextLink(request.url, nextCursor));
      return reply.send(causes);
    },
  );
}
