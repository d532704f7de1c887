// `import '@cloudtask/testing/vitest'`, in a test or in a setup file, adds the matchers.
import type { JobDefinition, PayloadOf } from '@cloudtask/sdk';
import { expect } from 'vitest';
import { toCompleteWith, toHaveEnqueued } from './matchers.ts';

/** The matchers that `import '@cloudtask/testing/vitest'` adds to `expect`, in a test or in a setup file. Both are awaited. */
export interface CloudTaskMatchers {
  /**
   * Of a test client: such a job was made since the start or the last `clear()`, whatever has become of it. The payload may
   * hold matchers; without one any will do.
   *
   * @example
   * await expect(client).toHaveEnqueued(sendEmail, { to: 'ada@example.com', subject: expect.any(String) });
   */
  toHaveEnqueued<D extends JobDefinition>(job: D | string, payload?: Expected<PayloadOf<D>>): Promise<void>;
  /**
   * Of a job, a run of a handler, or a promise of one: it completed with this result, which may hold matchers.
   *
   * @example
   * await expect(runHandler(sendEmailHandler, mail)).toCompleteWith({ messageId: expect.any(String) });
   */
  toCompleteWith(result: unknown): Promise<void>;
}

declare module 'vitest' {
  // Both have to be declared as vitest declares them.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends CloudTaskMatchers {}
}

/** The payload itself, or matchers like `expect.objectContaining` in places of it. */
type Expected<Payload> = Payload | { [Key in keyof Payload]?: unknown };

expect.extend({ toHaveEnqueued, toCompleteWith } as never);
