import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { findType } from '../find-type.ts';
import { listTypes } from '../list-types.ts';
import type { JobServiceParts } from '../parts.ts';
import { answers } from '../schemas/answers.ts';
import { TypeInfoSchema } from '../schemas/operations-schema.ts';

const tags = ['platform'];

export function typeRoutes(app: App, { database }: JobServiceParts): void {
  app.get(
    '/types',
    {
      config: { needs: 'jobs:read' },
      schema: {
        tags,
        summary: 'Types of jobs, and what they take',
        response: answers({ 200: Type.Array(TypeInfoSchema) }),
      },
    },
    async (_request, reply) => reply.send(await listTypes(database)),
  );

  app.get(
    '/types/:type',
    {
      config: { needs: 'jobs:read' },
      schema: { tags, summary: 'A type of jobs, and what it takes', response: answers({ 200: TypeInfoSchema }) },
    },
    async (request, reply) => {
      const { type } = request.params as { type: string }; // the route's own placeholder
      return reply.send(await findType(database, type));
    },
  );
}
