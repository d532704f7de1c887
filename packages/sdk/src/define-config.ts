import type { Duration, Json } from './contract.ts';
import type { Handler } from './define-handler.ts';
import type { Plugin } from './define-plugin.ts';
import type { ServiceFactories } from './handler-services.ts';
import type { Middleware } from './middleware.ts';

/** What stands in `cloudtask.config.ts`. Flags and variables win over it. Secrets do not belong here: it is kept in git. */
export interface Config {
  /** The folder whose files export handlers, at any depth; seen from the file. */
  handlers?: string;
  /** Installed packages, files (`./plugins/audit.ts`) or plugins themselves, with options where they take some. */
  plugins?: readonly ConfiguredPlugin[];
  /** For all handlers. */
  services?: ServiceFactories;
  /** Around all handlers, the first outermost. */
  use?: readonly Middleware[];
  /** By type: these handlers in place of those that were found. */
  overrides?: Readonly<Record<string, Handler>>;
  /** How the worker is run. */
  worker?: WorkerConfig;
  /** How `cloudtask dev` works with this project. */
  dev?: DevConfig;
}

/** A plugin, by itself or with its options. */
export type ConfiguredPlugin = string | Plugin | readonly [string | Plugin, PluginOptions];

/** `prefix` stands before the types of its handlers; all else is for the plugin, which checks it. */
export interface PluginOptions {
  prefix?: string;
  [option: string]: Json | undefined;
}

/** What the worker's flags and variables say, where neither of them does. */
export interface WorkerConfig {
  /** Jobs at a time, beside those of queues that have slots of their own. Default 50. */
  concurrency?: number;
  /** Names, `name:slots`, or `{ mail: { concurrency: 20 } }` for queues with slots of their own. */
  queues?: readonly string[] | Readonly<Record<string, { concurrency: number }>>;
  name?: string;
  /** How long running jobs may go on when the worker stops. */
  grace?: Duration;
  /** Variables of the environment that child processes get too. */
  childEnv?: readonly string[];
  /** Whether what handlers print with `console` goes to the logs of their jobs too. */
  captureConsole?: boolean;
}

/** What holds for `cloudtask dev` only. */
export interface DevConfig {
  /**
   * Files of variables for handlers, seen from the file; of two the later one wins, and the environment wins over all. Those
   * that are missing are passed over. Default `.env` and `.env.local`.
   */
  env?: readonly string[];
}

/** What a configuration may depend on. */
export interface ConfigEnvironment {
  /** `CLOUDTASK_ENV`: `development`, `test` or `production`. */
  mode: string;
}

export type ConfigOf = Config | ((environment: ConfigEnvironment) => Config | Promise<Config>);

/**
 * Gives a configuration its types; it comes back as it was.
 *
 * @example
 * export default defineConfig(({ mode }) => ({
 *   handlers: 'src/handlers',
 *   plugins: ['cloudtask-plugin-mail', ['./plugins/audit.ts', { level: 'info' }]],
 *   worker: { concurrency: mode === 'production' ? 50 : 2 },
 * }));
 */
export function defineConfig<const Given extends ConfigOf>(config: Given): Given {
  return config;
}
