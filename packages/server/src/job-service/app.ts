import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import type { App } from './app-type.ts';
import { requireToken } from './auth/require-token.ts';
import type { JobServiceDeps } from './deps.ts';
import { problemAnswerer } from './http/answer-problem.ts';
import { allowOrigins } from './http/cors.ts';
import { addHeaders } from './http/headers.ts';
import { acceptJsonBodies } from './http/json-body.ts';
import { collectRoutes, refuseUnknown } from './http/known-routes.ts';
import { describeApi } from './http/openapi.ts';
import { parserErrorHandler, refuseExpectations } from './http/parser-errors.ts';
import { requestIdOf, requestIds } from './http/request-id.ts';
import { measureRequests } from './http/request-metrics.ts';
import { readTraces } from './http/request-trace.ts';
import { unusedConnections } from './http/unused-connections.ts';
import { compileValidator } from './http/validators.ts';
import { openParts } from './parts.ts';
import { accountRoutes } from './routes/accounts.ts';
import { actuatorRoutes } from './routes/actuator.ts';
import { apiTokenRoutes } from './routes/api-tokens.ts';
import { cancelAndRetryRoutes } from './routes/cancel-and-retry.ts';
import { eventRoutes } from './routes/events.ts';
import { explainRoutes } from './routes/explain.ts';
import { failureRoutes } from './routes/failures.ts';
import { jobActionRoutes } from './routes/job-actions.ts';
import { jobHistoryRoutes } from './routes/job-history.ts';
import { jobReadRoutes } from './routes/job-reads.ts';
import { queueRoutes } from './routes/queues.ts';
import { scheduleActRoutes } from './routes/schedule-acts.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { statsRoute } from './routes/stats.ts';
import { submitRoutes } from './routes/submit.ts';
import { typeRoutes } from './routes/types.ts';
import { verifyRoute } from './routes/verify.ts';
import { workerRoutes } from './routes/workers.ts';

/** The whole API, not listening yet: `inject` reaches every route. `app.close()` lets go of everything it opened. */
export async function buildApp(deps: JobServiceDeps): Promise<App> {
  const { clock, logger, settings } = deps;
  const newRequestId = requestIds();
  const answerProblem = problemAnswerer({ clock, logger });
  const app: App = Fastify({
    bodyLimit: 1024 * 1024,
    requestTimeout: 30_000,
    // Longer than the idle time of usual proxies, so that it is they who close idle connections.
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : false,
    genReqId: (request) => requestIdOf(request, newRequestId),
    clientErrorHandler: parserErrorHandler(clock, newRequestId),
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
    http: { headersTimeout: 15_000 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  refuseExpectations(app.server, clock, newRequestId);

  const { parts, stop, close } = await openParts(deps);
  const unused = unusedConnections(app.server);
  app.addHook('preClose', async () => {
    stop();
    unused.end();
  });
  app.addHook('onClose', close);

  app.setValidatorCompiler(compileValidator);
  // Answers are made by us, member by member; a second pass over them by a schema would only cost time.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(answerProblem);
  acceptJsonBodies(app);
  const routes = collectRoutes(app);
  refuseUnknown(app, routes, answerProblem);
  readTraces(app);
  addHeaders(app);
  measureRequests(app, parts.metrics);
  await allowOrigins(app, settings.corsOrigins);
  requireToken(app, parts.authenticator);

  await describeApi(app, { hasPage: settings.docs });
  accountRoutes(app, parts);
  apiTokenRoutes(app, parts);
  submitRoutes(app, parts);
  jobReadRoutes(app, parts);
  jobHistoryRoutes(app, parts);
  cancelAndRetryRoutes(app, parts);
  jobActionRoutes(app, parts);
  failureRoutes(app, parts);
  eventRoutes(app, parts);
  explainRoutes(app, parts);
  scheduleRoutes(app, parts);
  scheduleActRoutes(app, parts);
  queueRoutes(app, parts);
  workerRoutes(app, parts);
  statsRoute(app, parts);
  typeRoutes(app, parts);
  verifyRoute(app, parts);
  actuatorRoutes(app, parts);
  await app.ready();
  return app;
}
