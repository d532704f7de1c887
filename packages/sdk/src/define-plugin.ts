import { type Handler, isHandler } from './define-handler.ts';
import { checkServices, type ServiceFactories } from './handler-services.ts';
import type { Middleware } from './middleware.ts';
import type { Schema } from './schema.ts';

/** The version of what a plugin and a worker expect of each other. `cloudtask.apiVersion` in its package.json says it too. */
export const PLUGIN_API_VERSION = 1;

/** Handlers to publish as a package, with what they need. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  readonly handlers: readonly Handler[];
  /** For all its handlers, beside those that `createHandlers` gave them. Their `config` is what `configSchema` made of the options. */
  readonly services?: ServiceFactories;
  /** Around its own handlers only. */
  readonly use?: readonly Middleware[];
  /** Checks the options that `cloudtask.config.ts` gives the plugin. */
  readonly configSchema?: Schema;
}

/**
 * Defines a plugin: the default export of its package.
 *
 * @example
 * export default definePlugin({ name: 'mail', version: '1.2.0', apiVersion: 1, handlers: [send, digest] });
 *
 * @throws TypeError when a part is none.
 */
export function definePlugin<const Given extends Plugin>(plugin: Given): Given {
  const { name, version, handlers, services, use } = plugin;
  const whose = `the plugin ${JSON.stringify(name)}`;
  if (typeof name !== 'string' || name === '') throw new TypeError('a plugin needs a name');
  if (typeof version !== 'string') throw new TypeError(`${whose} needs a version: that of its package`);
  if (!Number.isInteger(plugin.apiVersion)) {
    throw new TypeError(`${whose} needs an apiVersion: write ${PLUGIN_API_VERSION}`);
  }
  if (!Array.isArray(handlers) || !handlers.every(isHandler)) {
    throw new TypeError(`${whose} has handlers that are none: list what defineHandler() returns`);
  }
  if (services) checkServices(services, whose);
  if (use && !use.every((each) => typeof each === 'function')) {
    throw new TypeError(`${whose} has middleware that is no function`);
  }
  return Object.freeze(plugin);
}

/** Whether a value is a plugin, of this copy of the SDK or another, or an object with handlers that stands for one. */
export function isPlugin(value: unknown): value is Pick<Plugin, 'handlers'> & Partial<Plugin> {
  return typeof value === 'object' && value !== null && 'handlers' in value && Array.isArray(value.handlers);
}
