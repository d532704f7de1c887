import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problem.ts';

export interface KnownRoute {
  /** As it was declared: `/jobs/:id`. */
  url: string;
  methods: Set<string>;
  isPublic: boolean;
  pattern: RegExp;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every address of the API: what 405 answers are made from, and the tests that go over all routes. */
    knownRoutes: ReadonlyMap<string, KnownRoute>;
  }
}

/** Remembers every route that is declared after this. */
export function collectRoutes(app: FastifyInstance): ReadonlyMap<string, KnownRoute> {
  const routes = new Map<string, KnownRoute>();
  app.decorate('knownRoutes', routes);
  app.addHook('onRoute', ({ url, method, config }) => {
    // A preflight answer for every address there may be is no route of ours.
    if (url === '*') return;
    const route = routes.get(url) ?? {
      url,
      methods: new Set<string>(),
      isPublic: config?.isPublic === true,
      pattern: new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`),
    };
    for (const each of [method].flat()) route.methods.add(each);
    routes.set(url, route);
  });
  return routes;
}

type Answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** 405 where the address exists with other methods, else 404. */
export function refuseUnknown(app: FastifyInstance, routes: ReadonlyMap<string, KnownRoute>, answer: Answer): void {
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const methods = new Set(
      [...routes.values()].filter(({ pattern }) => pattern.test(path)).flatMap((route) => [...route.methods]),
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
