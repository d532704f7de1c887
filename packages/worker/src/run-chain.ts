import type { HandlerContext } from '@cloudtask/sdk/define-handler';
import type { HandlerCall, Middleware } from '@cloudtask/sdk/middleware';
import type { LoadedHandler } from './load-handlers.ts';

/** The handler inside its middleware, the first outermost. */
export function runChain({ run, use = NONE }: LoadedHandler, payload: unknown, context: HandlerContext): unknown {
  if (use.length === 0) return run(payload as never, context);
  const call: HandlerCall = Object.freeze({ payload, context });
  const from = async (index: number): Promise<unknown> => {
    const middleware = use[index];
    if (!middleware) return await run(payload as never, context);
    let isCalled = false;
    return await middleware(call, () => {
      // A second run within one attempt would be hidden from the attempt's history.
      if (isCalled) return Promise.reject(new Error('a middleware called next() twice in one attempt'));
      isCalled = true;
      return from(index + 1);
    });
  };
  return from(0);
}

const NONE: readonly Middleware[] = [];
