import type { Config } from '@cloudtask/sdk/define-config';
import { checkPluginOptions } from '../check-plugin-options.ts';
import type { ConfigSource } from '../config-source.ts';
import type { FoundHandler, FoundPlugin } from '../found-handler.ts';
import { handlersInFile } from '../handlers-in-folder.ts';
import { type LoadedHandler, toLoaded } from '../load-handlers.ts';
import { readConfigFile } from '../read-config-file.ts';
import { ServiceHost } from '../service-host.ts';
import type { ChildRun } from './child-messages.ts';

/**
 * The handlers of a child process, with services of its own: they are built here at the first job that needs them. The process
 * is killed when nobody needs it any more, so none of them is closed.
 */
export class ChildHandlers {
  readonly #module: string;
  readonly #host: ServiceHost;
  readonly #found = new Map<string, FoundHandler>();
  readonly #loaded = new Map<string, LoadedHandler>();
  /** One object for all handlers of a plugin, whose services are built once for it. */
  readonly #givens = new Map<string, NonNullable<FoundPlugin['given']>>();
  #config: Config = {};

  constructor(module: string, options: ConstructorParameters<typeof ServiceHost>[0]) {
    this.#module = module;
    this.#host = new ServiceHost(options);
  }

  async load(configFile: ConfigSource | undefined): Promise<void> {
    for (const found of await handlersInFile(this.#module)) this.#found.set(found.handler.job.type, found);
    if (configFile) this.#config = (await readConfigFile(configFile)).config;
  }

  /** Undefined when the module has none of the type. */
  async find({ job, exportedType = job.type, pluginOptions }: ChildRun): Promise<LoadedHandler | undefined> {
    const key = JSON.stringify([exportedType, pluginOptions]);
    const known = this.#loaded.get(key);
    if (known) return known;
    const found = this.#found.get(exportedType);
    if (!found) return undefined;
    const handler = toLoaded(await this.#withOptions(found, pluginOptions), {
      host: this.#host,
      ...(this.#config.services && { services: this.#config.services }),
      ...(this.#config.use && { use: this.#config.use }),
      reachChildren: true,
    });
    this.#loaded.set(key, handler);
    return handler;
  }

  async #withOptions(found: FoundHandler, options: object | undefined): Promise<FoundHandler> {
    if (options === undefined) return found;
    const { plugin } = found;
    const key = JSON.stringify(options);
    let given = this.#givens.get(key);
    if (!given) {
      given = {
        options,
        config: await checkPluginOptions(plugin?.configSchema, options, plugin?.name ?? this.#module),
      };
      this.#givens.set(key, given);
    }
    return { ...found, plugin: { ...plugin, given } };
  }
}
