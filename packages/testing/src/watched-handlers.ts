import { AsyncLocalStorage } from 'node:async_hooks';
import type { Handler, HandlerContext } from '@cloudtask/sdk/define-handler';
import { parseDuration } from '@cloudtask/sdk/duration';
import type { ServiceFactories } from '@cloudtask/sdk/handler-services';
import { hasOwnDelay } from './own-delay.ts';
import type { Sleepers } from './sleepers.ts';

/** What is known of the handlers' runs that the platform does not keep. */
export class RunRecord {
  /** Runs of each job, since they were last forgotten. */
  readonly counts = new Map<string, number>();
  /** Jobs that may be begun only once: the protocol runs none of them again. */
  readonly onlyOnce = new Set<string>();
  /** Jobs whose handler has chosen the delay before the next attempt itself. */
  readonly ownDelay = new Set<string>();
  readonly #inside = new AsyncLocalStorage<true>();
  readonly #sleepers: Sleepers;

  constructor(sleepers: Sleepers) {
    this.#sleepers = sleepers;
  }

  /** Whether this is called by a handler, however far down. */
  get isInsideHandler(): boolean {
    return this.#inside.getStore() === true;
  }

  /**
   * The same handlers, watched. All run in this process, also those with isolation `'process'`: a child would load
   * another copy of the test's modules, and see none of its stand-ins. A service with a stand-in is never built.
   */
  watch(handlers: readonly Handler[], services: object | undefined): Handler[] {
    return handlers.map(({ isolation: _isolation, memoryLimit: _memoryLimit, ...handler }) => ({
      ...handler,
      ...(handler.services && { services: without(handler.services, services) }),
      run: (payload, context) =>
        this.#inside.run(true, async () => {
          const { id } = context.job;
          this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
          if (context.maxAttempts === 1) this.onlyOnce.add(id);
          this.#equip(context, services);
          this.ownDelay.delete(id);
          try {
            return await handler.run(payload, context);
          } catch (error) {
            if (hasOwnDelay(handler, error, context.attempt)) this.ownDelay.add(id);
            throw error;
          }
        }),
    }));
  }

  #equip(context: HandlerContext, services: object | undefined): void {
    const { signal } = context;
    const sleep: HandlerContext['sleep'] = (duration) =>
      this.#sleepers.sleep(context.job.id, parseDuration(duration), signal);
    Object.defineProperty(context, 'sleep', { value: sleep });
    if (!services) return;
    Object.defineProperty(context, 'services', { value: { ...context.services, ...services }, enumerable: true });
  }
}

function without(factories: ServiceFactories, standIns: object = {}): ServiceFactories {
  return Object.fromEntries(Object.entries(factories).filter(([name]) => !Object.hasOwn(standIns, name)));
}
