import type { App } from '../app-type.ts';
import type { JobServiceParts } from '../parts.ts';
import { platformStats } from '../platform-stats.ts';
import { answers } from '../schemas/answers.ts';
import { StatsSchema } from '../schemas/operations-schema.ts';

export function statsRoute(app: App, parts: JobServiceParts): void {
  app.get(
    '/stats',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['platform'],
        summary: 'The platform in a few numbers',
        description: 'Only what is cheap to know, so that it may be asked often: counts end at 10,000.',
        response: answers({ 200: StatsSchema }),
      },
    },
    async (_request, reply) => reply.send(await platformStats(parts)),
  );
}
