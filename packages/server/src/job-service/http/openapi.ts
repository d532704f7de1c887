import { readVersion } from '@cloudtask/core/version';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { SessionSchema } from '../schemas/account-schema.ts';
import { JobActionSchema } from '../schemas/action-schema.ts';
import { FailureCauseSchema } from '../schemas/failure-schema.ts';
import { JobSchema } from '../schemas/job-schema.ts';
import { JobAttemptSchema, JobLogSchema } from '../schemas/live-schema.ts';
import { ProblemSchema } from '../schemas/problem-schema.ts';
import { ScheduleSchema } from '../schemas/schedule-schema.ts';

/** What the page needs beyond the API: its own script, and the styles that the script makes. */
const PAGE_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

/** Those that have a name in it. */
const SCHEMAS = [
  JobSchema,
  JobAttemptSchema,
  JobLogSchema,
  JobActionSchema,
  FailureCauseSchema,
  ScheduleSchema,
  SessionSchema,
  ProblemSchema,
];

/** `/openapi.json` from the schemas that validate, and the page `/docs` that shows it. Before the routes are declared. */
export async function describeApi(app: FastifyInstance, { hasPage }: { hasPage: boolean }): Promise<void> {
  for (const schema of SCHEMAS) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CloudTask',
        version: readVersion(),
        description: 'Background jobs that you host yourself. Every refusal is a problem document (RFC 9457).',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) =>
        typeof schema.$id === 'string' ? schema.$id : `def-${index}`,
    },
  });
  app.get('/openapi.json', { config: { isPublic: true }, schema: { hide: true } as object }, () => app.swagger());
  if (hasPage) await addPage(app);
}

async function addPage(app: FastifyInstance): Promise<void> {
  // Five megabytes of page: only where it is served.
  const { default: reference } = await import('@scalar/fastify-api-reference');
  await app.register(async (page) => {
    page.addHook('onRoute', (route) => {
      route.config = { ...route.config, isPublic: true };
    });
    page.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', PAGE_POLICY);
    });
    await page.register(reference, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: 'CloudTask API',
        withDefaultFonts: false,
        telemetry: false,
        // What it offers there leads to services of others.
        showDeveloperTools: 'never',
        hideClientButton: true,
        agent: { disabled: true },
        mcp: { disabled: true },
      },
    });
  });
}
