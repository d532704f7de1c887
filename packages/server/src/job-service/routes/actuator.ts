import { expose } from '@cloudtask/core/exposition';
import { type HealthReport, healthOf } from '@cloudtask/core/health';
import { platformHealth } from '@cloudtask/core/platform-health';
import { readVersion } from '@cloudtask/core/version';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import type { JobServiceParts } from '../parts.ts';

const open = { config: { isPublic: true } };
const tags = ['system'];
const MEDIA_TYPE = 'application/vnd.spring-boot.actuator.v3+json';
const HealthSchema = Type.Object({ status: Type.Enum(['UP', 'DOWN']) }, { additionalProperties: true });

/** Addresses and shapes of Spring Boot's actuator, for the dashboards and probes that know them. */
export function actuatorRoutes(app: App, parts: JobServiceParts): void {
  const { registry } = parts;
  const components = platformHealth(parts);
  const health = healthOf(components);
  // Jobs are accepted and read while broker and doorbell are away: only the database decides.
  const readiness = healthOf({ db: components['db'] ?? (() => ({ status: 'DOWN' })) });
  const version = readVersion();
  const schema = (summary: string) => ({
    tags,
    summary,
    security: [],
    response: { 200: HealthSchema, 503: HealthSchema },
  });

  app.get('/actuator/health', { ...open, schema: schema('Health of everything') }, async (_request, reply) => {
    const report = await health();
    return answer(reply, report, { ...withoutDetails(report), groups: ['liveness', 'readiness'] });
  });
  app.get(
    '/actuator/health/liveness',
    { ...open, schema: schema('Whether the process lives') },
    async (_request, reply) => answer(reply, { status: 'UP', components: {} }, { status: 'UP' }),
  );
  app.get(
    '/actuator/health/readiness',
    { ...open, schema: schema('Whether it can serve') },
    async (_request, reply) => {
      const report = await readiness();
      return answer(reply, report, withoutDetails(report));
    },
  );
  app.get(
    '/actuator/info',
    { ...open, schema: { tags, summary: 'Which version this is', security: [] } },
    async (_request, reply) => reply.send({ app: { name: 'cloudtask', version }, build: { version } }),
  );
  app.get(
    '/actuator/prometheus',
    { ...open, schema: { tags, summary: 'Metrics', security: [] } },
    async (request, reply) => {
      const { type, body } = await expose(registry, request.headers.accept);
      return reply.type(type).send(body);
    },
  );
}

/** Why something is down is for the log: an error text may name hosts and users. */
function withoutDetails({ status, components }: HealthReport): object {
  return {
    status,
    components: Object.fromEntries(
      Object.entries(components).map(([name, component]) => [name, { status: component.status }]),
    ),
  };
}

function answer(reply: FastifyReply, { status }: HealthReport, body: object): FastifyReply {
  return reply
    .code(status === 'UP' ? 200 : 503)
    .type(MEDIA_TYPE)
    .send(JSON.stringify(body));
}
