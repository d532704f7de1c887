import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Need } from '../auth/need.ts';
import { ApiProblem } from '../problem.ts';

export interface KnownRoute {
  /** As it was declared: `/jobs/:id`. */
  url: string;
  /** What each method asks of its caller. */
  methods: Map<string, Need | 'public'>;
  pattern: RegExp;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every address of the API: what 405 answers are made from, and the tests that go over all routes. */
    knownRoutes: ReadonlyMap<string, KnownRoute>;
  }
}

/** Remembers every route that is declared after this. The application does not start with one that says nothing of callers. */
export function collectRoutes(app: FastifyInstance): ReadonlyMap<string, KnownRoute> {
  const declared: RouteOptions[] = [];
  const routes = new Map<string, KnownRoute>();
  app.decorate('knownRoutes', routes);
  app.addHook('onRoute', (options) => {
    // A preflight answer for every address there may be is no route of ours.
    if (options.url !== '*') declared.push(options);
  });
  // Not before: hooks of plugins may still say that their routes are public.
  app.addHook('onReady', (done) => {
    for (const options of declared) {
      const { url, method } = options;
      const route = routes.get(url) ?? { url, methods: new Map<string, Need | 'public'>(), pattern: patternOf(url) };
      for (const each of [method].flat()) route.methods.set(each, needOf(options));
      routes.set(url, route);
    }
    done();
  });
  return routes;
}

function needOf({ url, method, config }: RouteOptions): Need | 'public' {
  const need = config?.isPublic ? 'public' : config?.needs;
  if (need === undefined || (config?.isPublic && config.needs)) {
    throw new Error(
      `the route ${[method].flat().join()} ${url} must say who may call it: give its config either needs or isPublic`,
    );
  }
  return need;
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
}

type Answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** 405 where the address exists with other methods, else 404. */
export function refuseUnknown(app: FastifyInstance, routes: ReadonlyMap<string, KnownRoute>, answer: Answer): void {
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const methods = new Set(
      [...routes.values()].filter(({ pattern }) => pattern.test(path)).flatMap((route) => [...route.methods.keys()]),
    );
    return answer(methods.size > 0 ? notAllowed(request.method, methods) : notFound(request.method), request, reply);
  });
}

function notFound(method: string): ApiProblem {
  return new ApiProblem('NOT_FOUND', `There is nothing to ${method} at this address.`);
}

function notAllowed(method: string, methods: ReadonlySet<string>): ApiProblem {
  const allowed = [...methods].sort().join(', ');
  return new ApiProblem('METHOD_NOT_ALLOWED', `${method} is not allowed here; ${allowed} are.`, {
    headers: { allow: allowed },
  });
}
