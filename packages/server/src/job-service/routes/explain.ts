import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { explainJob } from '../explain-job.ts';
import type { JobServiceParts } from '../parts.ts';
import { jobNotFound } from '../problem.ts';
import { answers } from '../schemas/answers.ts';
import { ExplanationSchema } from '../schemas/explanation-schema.ts';
import { isUuid } from '../uuid.ts';

export function explainRoutes(app: App, parts: JobServiceParts): void {
  app.get(
    '/jobs/:id/explain',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags: ['jobs'],
        summary: 'Why a job is not running',
        description: 'And what happens next. The first check that is not ok is the reason.',
        response: answers({ 200: ExplanationSchema }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const { userId } = callerOf(request);
      const explanation = isUuid(id) ? await explainJob(parts, { userId, id }) : undefined;
      if (!explanation) throw jobNotFound(id);
      return reply.send(explanation);
    },
  );
}
