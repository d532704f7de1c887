import { checkServices } from '#handler-checks';
import { defineHandler, type Handler, type HandlerOptions } from './define-handler.ts';
import type { JobDefinition, JobOptions } from './define-job.ts';
import type { ServiceFactories, Services } from './handler-services.ts';
import type { Schema } from './schema.ts';

/** `defineHandler`, for handlers with these services. */
export interface DefineHandler<Built> {
  <Definition extends JobDefinition>(
    job: Definition,
    run: Handler<Definition, Built>['run'],
    options?: HandlerOptions,
  ): Handler<Definition, Built>;
  <
    const Type extends string,
    Payload extends Schema | undefined = undefined,
    Result extends Schema | undefined = undefined,
    Progress extends Schema | undefined = undefined,
  >(
    options: JobOptions<Type, Payload, Result, Progress> &
      HandlerOptions & { run: Handler<JobDefinition<Type, Payload, Result, Progress>, Built>['run'] },
  ): Handler<JobDefinition<Type, Payload, Result, Progress>, Built>;
}

/**
 * A `defineHandler` whose handlers have services: connections and clients that are built when first needed, once per worker,
 * and closed in reverse order when it stops. They go with the handlers wherever those are loaded, also into child processes.
 *
 * @example
 * const { defineHandler } = createHandlers({
 *   services: {
 *     db: async ({ env, onClose }) => {
 *       const pool = new Pool({ connectionString: env.DATABASE_URL });
 *       onClose(() => pool.end());
 *       return pool;
 *     },
 *   },
 * });
 * export default defineHandler(importOrders, async (payload, { services }) => {
 *   await services.db.query('…');
 * });
 */
export function createHandlers<Factories extends ServiceFactories>({
  services,
}: {
  services: Factories;
}): { defineHandler: DefineHandler<Services<Factories>> } {
  checkServices(services, 'createHandlers');
  const define = (...given: [never]) => Object.freeze({ ...defineHandler(...given), services });
  return { defineHandler: define as unknown as DefineHandler<Services<Factories>> };
}
