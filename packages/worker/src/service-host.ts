import type { Logger } from '@cloudtask/core/logger';
import type { AnyServices, ServiceContext, ServiceFactories, ServiceFactory } from '@cloudtask/sdk/handler-services';

/** Factories and the config that they get; a plugin that is used twice with different options has two sets. */
export interface ServiceSet {
  readonly factories: ServiceFactories;
  /** What its plugin was given. */
  readonly config?: unknown;
}

/** A service that a handler needs is not there. The attempt fails with it and is tried again like any other. */
export class ServiceNotBuilt extends Error {
  readonly code = 'SERVICE_NOT_BUILT';
  override readonly name = 'ServiceNotBuilt';
}

/** The services of a process: each is built once, when a job first needs it, and closed in reverse order at the end. */
export class ServiceHost {
  readonly #logger: Logger;
  readonly #environment: ServiceContext['env'];
  readonly #built = new Map<ServiceFactory, Map<unknown, Promise<unknown>>>();
  readonly #closers: { name: string; close: () => unknown }[] = [];
  #isClosed = false;

  constructor({ logger, environment }: { logger: Logger; environment: ServiceContext['env'] }) {
    this.#logger = logger;
    this.#environment = environment;
  }

  /** What handlers with these sets see; of two services of one name that of the later set. Undefined when there are none. */
  of(sets: readonly ServiceSet[]): HandlerServices | undefined {
    const parts = new Map<string, () => Promise<unknown>>();
    for (const { factories, config } of sets) {
      for (const [name, factory] of Object.entries(factories)) {
        parts.set(name, () => this.#get(name, factory, config));
      }
    }
    return parts.size === 0 ? undefined : new HandlerServices(parts);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // One may still be built, for an attempt that nobody waits for.
    await Promise.allSettled(Array.from(this.#built.values()).flatMap((byConfig) => [...byConfig.values()]));
    await this.#closeAll(this.#closers);
  }

  #get(name: string, factory: ServiceFactory, config: unknown): Promise<unknown> {
    if (this.#isClosed) throw new ServiceNotBuilt(`the service "${name}" cannot be built: the worker has stopped`);
    const byConfig = this.#built.get(factory) ?? new Map<unknown, Promise<unknown>>();
    this.#built.set(factory, byConfig);
    const known = byConfig.get(config);
    if (known) return known;
    const building = this.#build(name, factory, config).catch((error: unknown) => {
      byConfig.delete(config);
      throw error;
    });
    byConfig.set(config, building);
    return building;
  }

  async #build(name: string, factory: ServiceFactory, config: unknown): Promise<unknown> {
    const closers: { name: string; close: () => unknown }[] = [];
    const log = logOf(this.#logger.child({ service: name }));
    try {
      const context = { env: this.#environment, config: config ?? {}, log };
      const built = await factory({ ...context, onClose: (close) => closers.push({ name, close }) });
      this.#closers.push(...closers);
      return built;
    } catch (cause) {
      // What it opened before it failed would otherwise be opened once more at each attempt.
      await this.#closeAll(closers);
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#logger.warn({ err: cause, service: name }, 'a service could not be built, the next attempt tries again');
      throw new ServiceNotBuilt(`the service "${name}" could not be built: ${reason}`, { cause });
    }
  }

  async #closeAll(closers: { name: string; close: () => unknown }[]): Promise<void> {
    for (const { name, close } of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (err) {
        this.#logger.error({ err, service: name }, 'a service could not be closed');
      }
    }
  }
}

/** The services of one handler. */
export class HandlerServices {
  readonly #parts: ReadonlyMap<string, () => Promise<unknown>>;
  /** All of them, once they are built: most jobs find them so, and need not wait. */
  now: AnyServices | undefined;

  constructor(parts: ReadonlyMap<string, () => Promise<unknown>>) {
    this.#parts = parts;
  }

  /** One after the other, in the order in which they are written: so they are closed in reverse. */
  async build(): Promise<AnyServices> {
    const built: Record<string, unknown> = {};
    for (const [name, get] of this.#parts) built[name] = await get();
    this.now = Object.freeze(built);
    return this.now;
  }
}

function logOf(logger: Logger): ServiceContext['log'] {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: object = {}) =>
      logger[level](fields, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
