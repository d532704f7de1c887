import type { FastifyInstance } from 'fastify';
import type { Authenticator } from './authenticator.ts';
import './caller.ts';

/** Every route needs a token unless it says that it is public: a new route is safe before anybody thinks of it. */
export function requireToken(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.isPublic || request.is404) return done();
    try {
      const caller = authenticator.authenticate(request.headers.authorization);
      if (!(caller instanceof Promise)) {
        request.caller = caller;
        return done();
      }
      caller.then((known) => {
        request.caller = known;
        done();
      }, done);
    } catch (error) {
      done(error as Error); // only problems are thrown here
    }
  });
}
