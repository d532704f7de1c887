import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { findInexactNumber } from '../exact-numbers.ts';
import { ApiProblem } from '../problem.ts';

/** JSON in UTF-8 is the only body that is read. An empty one counts as none, for the routes that need none. */
export function acceptJsonBodies(app: FastifyInstance): void {
  // Fastify's own parser: it refuses `__proto__` keys and the like.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer; // parseAs decides the type, which Fastify's declaration does not show
    if (bytes.length === 0) return done(null, undefined);
    if (!isUtf8(bytes)) return done(new ApiProblem('INVALID_JSON', 'The body is not valid UTF-8.'));
    const text = bytes.toString('utf8');
    void parse(request, text, (error, value) => {
      if (error) return done(new ApiProblem('INVALID_JSON', explain(error), { cause: error }));
      const issue = findInexactNumber(text, value);
      if (issue)
        return done(new ApiProblem('UNSTORABLE_VALUE', `${issue.path}: ${issue.message}`, { issues: [issue] }));
      done(null, value);
    });
  });
}

function explain(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  // V8's message quotes a piece of the body, which may hold a password.
  const position = /at position (\d+)/.exec(cause)?.[1];
  return position === undefined ? 'The body is not valid JSON.' : `The body is not valid JSON at position ${position}.`;
}
