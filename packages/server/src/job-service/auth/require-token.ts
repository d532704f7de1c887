import type { FastifyInstance } from 'fastify';
import type { Authenticator } from './authenticator.ts';
import type { Caller } from './caller.ts';
import type { Need } from './need.ts';
import { checkNeed } from './needs.ts';

/** Every route but public ones needs a token, and one that may do what the route does. */
export function requireToken(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const { isPublic, needs = UNDECLARED } = request.routeOptions.config;
    if (isPublic || request.is404) return done();
    const admit = (caller: Caller) => {
      checkNeed(caller, needs);
      request.caller = caller;
    };
    try {
      const caller = authenticator.authenticate(request.headers.authorization);
      if (caller instanceof Promise) {
        caller.then(admit).then(() => done(), done);
        return;
      }
      admit(caller);
    } catch (error) {
      return done(error as Error); // only problems are thrown here
    }
    done();
  });
}

/** A route that declares nothing is not registered. Should one come all the same, it is for hardly anybody. */
const UNDECLARED: Need = 'operator';
