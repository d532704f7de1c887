import type { Hooks } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';

/** Method, path, status, time and request id of each exchange; never a header or a body. */
export function debugHooks(out: Output): Hooks {
  return {
    onResponse: ({ method, url, status, durationMs, requestId }) => {
      const { pathname } = new URL(url);
      out.warn(
        out.sayStyle.dim(`${method} ${pathname} ${status} ${Math.round(durationMs)}ms ${requestId ?? ''}`.trimEnd()),
      );
    },
    onRetry: ({ operation, delayMs, cause }) => {
      out.warn(out.sayStyle.dim(`${operation} again in ${Math.round(delayMs)}ms: ${String(cause)}`));
    },
  };
}
