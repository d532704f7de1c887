import type { HandlerLog } from './handler-log.ts';

/** What the factory of a service gets. `Config` is what the `configSchema` of its plugin makes of the plugin's options. */
export interface ServiceContext<Config = unknown> {
  /** The variables of the process; in a child process few of the worker's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The options of the plugin that its handler comes from; `{}` elsewhere. */
  readonly config: Config;
  /** The log of the worker: a service belongs to no job. */
  readonly log: HandlerLog;
  /** Called when the worker stops, after the services that were built later. */
  onClose(close: () => void | Promise<void>): void;
}

// Written as a method, so that a factory may name the config that it expects.
interface Factory {
  build(context: ServiceContext): unknown;
}
/** Builds a service, at the first job that needs it. What it rejects with fails that attempt, and it is called again at the next. */
export type ServiceFactory = Factory['build'];

/** By the name under which handlers find what they build. */
export type ServiceFactories = Readonly<Record<string, ServiceFactory>>;

/** What the factories build. */
export type Services<Factories> = {
  readonly [Name in keyof Factories]: Factories[Name] extends (context: never) => infer Built ? Awaited<Built> : never;
};

/** The services of a handler that declared none: those of the worker, of which the types know nothing. */
export type AnyServices = Readonly<Record<string, unknown>>;
