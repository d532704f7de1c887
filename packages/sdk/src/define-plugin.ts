import { checkPlugin } from '#handler-checks';
import type { Handler } from './define-handler.ts';
import type { ServiceFactories } from './handler-services.ts';
import type { Middleware } from './middleware.ts';
import type { PLUGIN_API_VERSION } from './plugin-api-version.ts';
import type { Schema } from './schema.ts';

/** Handlers to publish as a package, with what they need. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
  /** Which shape of plugins it has; a worker refuses one that it does not know. At present 1. */
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
 * export default definePlugin({ name: 'mail', version: '1.2.0', apiVersion: 1, handlers: [sendEmailHandler, digest] });
 *
 * @throws TypeError when a part is none; on Node, where workers are.
 */
export function definePlugin<const Given extends Plugin>(plugin: Given): Given {
  checkPlugin(plugin);
  return Object.freeze(plugin);
}

/** Whether a value is a plugin, of this copy of the SDK or another, or an object with handlers that stands for one. */
export function isPlugin(value: unknown): value is Pick<Plugin, 'handlers'> & Partial<Plugin> {
  return typeof value === 'object' && value !== null && 'handlers' in value && Array.isArray(value.handlers);
}
