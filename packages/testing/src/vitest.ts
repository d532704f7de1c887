// `import '@cloudtask/testing/vitest'`, in a test or in a setup file, adds the matchers.
import type { JobDefinition, PayloadOf } from '@cloudtask/sdk';
import { expect } from 'vitest';
import { toCompleteWith, toHaveEnqueued } from './matchers.ts';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Of a test client: such a job was made since the start or the last `clear()`, whatever has become of it. Await it. */
    toHaveEnqueued<D extends JobDefinition>(job: D | string, payload?: Expected<PayloadOf<D>>): Promise<void>;
    /** Of a job, a run of a handler, or a promise of one: it completed with this result. Await it. */
    toCompleteWith(result: unknown): Promise<void>;
  }
}

/** The payload itself, or matchers like `expect.objectContaining` in places of it. */
type Expected<Payload> = Payload | { [Key in keyof Payload]?: unknown };

expect.extend({ toHaveEnqueued, toCompleteWith } as never);
