import type { Logger } from '@cloudtask/core/logger';
import type { Duration } from '@cloudtask/sdk/contract';
import type { PluginOptions, WorkerConfig } from '@cloudtask/sdk/define-config';
import type { Handler } from '@cloudtask/sdk/define-handler';
import type { Plugin } from '@cloudtask/sdk/define-plugin';
import type { ServiceFactories } from '@cloudtask/sdk/handler-services';
import { isHandler } from '@cloudtask/sdk/is-handler';
import type { Middleware } from '@cloudtask/sdk/middleware';
import { HandlersRefused } from './found-handler.ts';
import type { PluginSource } from './handlers-in-plugin.ts';

/** What a worker is made with. `shutdown` says how it ends. */
export interface WorkerOptions {
  /** A list, or a module (`import * as handlers from './handlers.ts'`) of whose exports the handlers count. */
  handlers?: readonly Handler[] | Readonly<Record<string, unknown>>;
  /** Plugins, by themselves or with the options that they take. */
  plugins?: readonly (Plugin | readonly [Plugin, PluginOptions])[];
  /** By type: these take the place of the handlers that plugins bring. */
  overrides?: Readonly<Record<string, Handler>>;
  /** For all handlers, beside those that `createHandlers` gave them. */
  services?: ServiceFactories;
  /** Around all handlers, the first outermost. */
  use?: readonly Middleware[];
  /** `postgres://…`; where the server keeps its jobs. */
  database: string;
  /** `amqp://…` */
  broker: string;
  /** `redis://…`; without it a cancel takes up to 5 s to reach a running job. Signals of the process: see `shutdown`. */
  signals?: string;
  /** Jobs at a time, beside those of queues that have slots of their own. Default 50. */
  concurrency?: number;
  /**
   * The queues to take jobs from. Default `['default']`. With `{ mail: { concurrency: 5 } }`, or `['default', 'mail:5']`, a queue has slots of its
   * own: other queues, however full, take none of them.
   */
  queues?: NonNullable<WorkerConfig['queues']>;
  /** How lists of workers show it. Default: host and process id. */
  name?: string;
  /** Stands before the names of queues in the broker, for several platforms on one. The same for all its programs. */
  queuePrefix?: string;
  shutdown?: {
    /** How long `stop` lets running jobs go on. Default 25 s. */
    grace?: Duration;
    /**
     * Signals of the process at which the worker stops, and then lets the process end as it would have ended. Default `false`: signals
     * are the program's, which calls `stop`.
     */
    signals?: readonly NodeJS.Signals[] | false;
  };
  /** `/metrics` and `/health` on a port of their own. Default `false`. */
  health?: { port: number; host?: string } | false;
  /** Whether what handlers print with `console` goes to the logs of their jobs too. Default true. */
  captureConsole?: boolean;
  /** Default: silent. */
  logger?: Logger;
}

export function handlersOf({ handlers = [] }: Pick<WorkerOptions, 'handlers'>): readonly Handler[] {
  if (isList(handlers)) return handlers;
  // The same one may be exported by name and as default.
  const found = [...new Set(Object.values(handlers).filter(isHandler))];
  if (found.length === 0) {
    throw new HandlersRefused('the module given as `handlers` exports no handler: export what defineHandler() returns');
  }
  return found;
}

// `Array.isArray` does not see that a readonly list is one.
function isList(handlers: NonNullable<WorkerOptions['handlers']>): handlers is readonly Handler[] {
  return Array.isArray(handlers);
}

export function pluginsOf({ plugins = [] }: Pick<WorkerOptions, 'plugins'>): PluginSource[] {
  return plugins.map((each) => {
    if (!isPair(each)) return { plugin: each };
    const [plugin, options] = each;
    return { plugin, options };
  });
}

function isPair(each: Plugin | readonly [Plugin, PluginOptions]): each is readonly [Plugin, PluginOptions] {
  return Array.isArray(each);
}
