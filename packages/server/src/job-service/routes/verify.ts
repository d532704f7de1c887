import type { App } from '../app-type.ts';
import type { JobServiceParts } from '../parts.ts';
import { answers } from '../schemas/answers.ts';
import { VerificationSchema } from '../schemas/verification-schema.ts';
import { createVerifier } from '../verify-platform.ts';

export function verifyRoute(app: App, parts: JobServiceParts): void {
  const verify = createVerifier(parts);

  app.get(
    '/verify',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['platform'],
        summary: 'Whether nothing was lost',
        description:
          'Compares all stored jobs, of all accounts, with what is promised of each, and changes nothing. It reads whole tables, for at most 20 s: ask once in a while, not every minute.',
        response: answers({ 200: VerificationSchema }),
      },
    },
    async (_request, reply) => reply.send(await verify()),
  );
}
