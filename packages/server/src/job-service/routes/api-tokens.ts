import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { issueApiToken, ownApiTokens, removeApiToken } from '../auth/api-tokens.ts';
import { sessionOf } from '../auth/caller.ts';
import type { JobServiceParts } from '../parts.ts';
import { answers } from '../schemas/answers.ts';
import { ApiTokenSchema, CreateApiTokenSchema, NewApiTokenSchema } from '../schemas/api-token-schema.ts';

const tags = ['accounts'];
// With a token of theirs, a thief could make others that outlive it.
const config = { needs: 'session' } as const;

export function apiTokenRoutes(app: App, parts: JobServiceParts): void {
  const { authenticator, logger } = parts;

  app.post(
    '/auth/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Make an API token',
        description: 'For programs. The token is shown this once. A scope that ends in write includes read.',
        body: CreateApiTokenSchema,
        response: answers({ 201: NewApiTokenSchema }),
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const token = await issueApiToken(parts, caller, request.body);
      logger.info({ userId: caller.userId, tokenId: token.id, scopes: token.scopes }, 'API token made');
      return reply.code(201).header('location', `/auth/tokens/${token.id}`).send(token);
    },
  );

  app.get(
    '/auth/tokens',
    {
      config,
      schema: { tags, summary: 'Your API tokens', response: answers({ 200: Type.Array(ApiTokenSchema) }) },
    },
    async (request, reply) => reply.send(await ownApiTokens(parts, sessionOf(request).userId)),
  );

  app.delete(
    '/auth/tokens/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete an API token',
        description: 'It is refused at once here, and within 5 s by other replicas.',
        response: answers({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }; // the route's own placeholder
      const { userId } = sessionOf(request);
      await removeApiToken(parts, userId, id);
      authenticator.forget(id.toLowerCase());
      logger.info({ userId, tokenId: id }, 'API token deleted');
      return reply.code(204).send();
    },
  );
}
