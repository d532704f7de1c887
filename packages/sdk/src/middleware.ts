import type { HandlerContext } from './define-handler.ts';

/** One run of a handler, as middleware sees it. */
export interface HandlerCall {
  /** Already checked by the schema of its type, and what that made of it. */
  readonly payload: unknown;
  readonly context: HandlerContext;
}

/**
 * Runs around handlers: does something before and after `next()`, whose value is what the handler returned, and answers
 * with that or with another result. What it throws is a failure of the attempt, as if the handler had thrown it.
 *
 * @example
 * const timed: Middleware = async ({ context }, next) => {
 *   const startedAt = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     context.log.info('took', { ms: performance.now() - startedAt });
 *   }
 * };
 */
export type Middleware = (call: HandlerCall, next: () => Promise<unknown>) => unknown;
