import type { TypeRegistration } from '@cloudtask/core/protocol/register-types';
import type { Handler, HandlerOptions, Isolation } from '@cloudtask/sdk/define-handler';
import { parseDuration } from '@cloudtask/sdk/duration';
import { checkHandlerOptions } from '@cloudtask/sdk/handler-checks';
import type { ServiceFactories } from '@cloudtask/sdk/handler-services';
import type { Middleware } from '@cloudtask/sdk/middleware';
import { isJsonSchema, type Schema } from '@cloudtask/sdk/schema';
import { compileJsonSchema } from './compile-json-schema.ts';
import { describeType } from './describe-type.ts';
import { type FoundHandler, HandlersRefused } from './found-handler.ts';
import { handlersInFolder } from './handlers-in-folder.ts';
import { handlersInPlugins, type PluginSource } from './handlers-in-plugin.ts';
import type { IdleFile } from './idle-files.ts';
import type { HandlerServices, ServiceHost } from './service-host.ts';

/** A handler as it is run. */
export interface LoadedHandler {
  readonly type: string;
  readonly payload?: Schema;
  readonly result?: Schema;
  readonly run: Handler['run'];
  /** Where it came from, for people. */
  readonly source: string;
  /** What the servers are told of its type; every handler that was loaded has it. */
  readonly about?: TypeRegistration;
  /** The file that a child process can load it from; handlers passed in code and built-in ones have none. */
  readonly module?: string;
  readonly isolation?: Isolation;
  /** MiB */
  readonly memoryLimit?: number;
  /** Jobs of its type at a time. */
  readonly concurrency?: number;
  /** The longest without a sign of life. */
  readonly stallMs?: number;
  readonly services?: HandlerServices;
  /** Around it, the first outermost. */
  readonly use?: readonly Middleware[];
  readonly retryWhen?: NonNullable<HandlerOptions['retryWhen']>;
  readonly onSettled?: NonNullable<HandlerOptions['onSettled']>;
  /** For a child process, which knows neither prefixes nor options. */
  readonly exportedType?: string;
  readonly pluginOptions?: object;
}

/** What all handlers of a worker have around them, beside what each brings along. */
export interface Surroundings {
  host: ServiceHost;
  services?: ServiceFactories;
  use?: readonly Middleware[];
  /** A child process can have them too: it reads the same file. */
  reachChildren?: boolean;
}

/** The only way from a job's type to code: never through a path or an import. */
export type HandlerMap = ReadonlyMap<string, LoadedHandler>;

export interface HandlerSources {
  /** Passed in code. */
  handlers?: readonly Handler[];
  folder?: string | undefined;
  plugins?: readonly PluginSource[];
  /** By type: these take the place of those that were found. */
  overrides?: Readonly<Record<string, Handler>>;
  /** Told of each file of the folder that was loaded for nothing. */
  onIdle?: ((file: IdleFile) => void) | undefined;
  /** Give way to any other handler of their type. */
  builtIn?: readonly Handler[];
}

export async function loadHandlers(sources: HandlerSources, around?: Surroundings): Promise<HandlerMap> {
  return toHandlerMap(await findHandlers(sources), { builtIn: sources.builtIn ?? [], ...(around && { around }) });
}

/** The handlers of all sources but the built-in ones, before anything is known about whether they fit together. */
export async function findHandlers({
  handlers = [],
  folder,
  plugins = [],
  overrides = {},
  onIdle,
}: HandlerSources): Promise<FoundHandler[]> {
  const found: FoundHandler[] = handlers.map((handler) => ({ handler, source: 'the handlers given to the worker' }));
  if (folder !== undefined) found.push(...(await handlersInFolder(folder, onIdle)));
  found.push(...(await handlersInPlugins(plugins)));
  return overridden(found, overrides);
}

/** Throws `HandlersRefused` for the first that cannot be run, or when there is none. */
export function toHandlerMap(
  found: readonly FoundHandler[],
  { builtIn = [], around }: { builtIn?: readonly Handler[]; around?: Surroundings } = {},
): HandlerMap {
  const map = new Map<string, LoadedHandler>();
  for (const each of found) add(map, each, around);
  // Of their own making: they need nothing around them.
  for (const handler of builtIn) if (!map.has(handler.job.type)) add(map, { handler, source: 'CloudTask' });
  if (map.size === 0) throw new HandlersRefused('there are no handlers: a worker without any would wait for ever');
  return map;
}

function overridden(found: readonly FoundHandler[], overrides: Readonly<Record<string, Handler>>): FoundHandler[] {
  const types = new Set(found.map(({ handler }) => handler.job.type));
  const own = Object.entries(overrides).map(([type, handler]) => {
    if (!types.has(type)) throw new HandlersRefused(`overrides has "${type}", but no handler was found for that type`);
    if (handler.job.type !== type) {
      throw new HandlersRefused(
        `overrides has "${type}" with a handler of "${handler.job.type}": the types must be the same`,
      );
    }
    return { handler, source: 'overrides' };
  });
  return [...found.filter(({ handler }) => !Object.hasOwn(overrides, handler.job.type)), ...own];
}

function add(map: Map<string, LoadedHandler>, found: FoundHandler, around?: Surroundings): void {
  const { handler, source } = found;
  const { type } = handler.job;
  const other = map.get(type);
  if (other) {
    throw new HandlersRefused(
      `two handlers for the type "${type}": one in ${other.source}, one in ${source} – remove one, or say which counts with ` +
        '`overrides`',
    );
  }
  if (!TYPE_FORM.test(type))
    throw new HandlersRefused(`"${type}" in ${source} is no job type: use letters, digits and . _ - :`);
  refuseWrongOptions(found, around);
  map.set(type, toLoaded(found, around));
}

/** As it is run, here or in a child process. */
export function toLoaded(found: FoundHandler, around?: Surroundings): LoadedHandler {
  const { handler, source, module, exportedType, plugin } = found;
  const { job, run, isolation, memoryLimit, concurrency, stallTimeout, retryWhen, onSettled } = handler;
  const { type } = job;
  const check = (part: 'payload' | 'result') => checking(job[part], `the ${part} of "${type}" in ${source}`);
  const [payload, result] = [check('payload'), check('result')];
  const services = around && servicesOf(found, around);
  const use = [...(around?.use ?? []), ...(plugin?.use ?? [])];
  const isForChildren = module !== undefined && reachesChildren(around);
  return {
    type,
    ...(payload && { payload }),
    ...(result && { result }),
    run,
    source,
    about: about(handler, source),
    ...(isForChildren && { module }),
    ...(isolation !== undefined && { isolation }),
    ...(memoryLimit !== undefined && { memoryLimit }),
    ...(concurrency !== undefined && { concurrency }),
    ...(stallTimeout !== undefined && { stallMs: parseDuration(stallTimeout) }),
    ...(services && { services }),
    ...(use.length > 0 && { use }),
    ...(retryWhen && { retryWhen }),
    ...(onSettled && { onSettled }),
    ...(exportedType !== undefined && { exportedType }),
    ...(plugin?.given && { pluginOptions: plugin.given.options }),
  };
}

/** The nearest counts: those of the handler, then those of its plugin, then those of the worker. */
function servicesOf({ handler, plugin }: FoundHandler, { host, services }: Surroundings): HandlerServices | undefined {
  const config = plugin?.given?.config;
  const own = (factories: ServiceFactories) => ({ factories, ...(config !== undefined && { config }) });
  return host.of([
    ...(services ? [{ factories: services }] : []),
    ...(plugin?.services ? [own(plugin.services)] : []),
    ...(handler.services ? [own(handler.services)] : []),
  ]);
}

/** Services and middleware that were passed in code are in this process only. */
function reachesChildren(around: Surroundings | undefined): boolean {
  if (!around || around.reachChildren) return true;
  return Object.keys(around.services ?? {}).length === 0 && (around.use ?? []).length === 0;
}

function refuseWrongOptions({ handler, source, module }: FoundHandler, around?: Surroundings): void {
  try {
    checkHandlerOptions(handler);
  } catch (cause) {
    throw new HandlersRefused(`${(cause as TypeError).message} (${source})`, { cause });
  }
  if (handler.isolation !== 'process') return;
  if (module !== undefined && reachesChildren(around)) return;
  if (module !== undefined) {
    throw new HandlersRefused(
      `the handler of "${handler.job.type}" (${source}) has isolation: 'process', and the services and middleware that the ` +
        'worker was given in code do not reach child processes: give them in cloudtask.config.ts, or services with createHandlers()',
    );
  }
  throw new HandlersRefused(
    `the handler of "${handler.job.type}" has isolation: 'process' but was passed in code, and a child process can load ` +
      `it only from a file: put it into a folder (CLOUDTASK_HANDLERS) or a package (CLOUDTASK_PLUGINS)`,
  );
}

function about({ job }: Handler, source: string): TypeRegistration {
  try {
    return describeType(job);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HandlersRefused(`the definition of "${job.type}" in ${source} is refused: ${reason}`, { cause });
  }
}

const TYPE_FORM = /^[A-Za-z0-9._:-]{1,100}$/;

/** A schema that checks: JSON Schema is compiled here, so that clients need no validator. */
function checking(schema: unknown, whose: string): Schema | undefined {
  if (!isSchema(schema)) return undefined;
  if (!isJsonSchema(schema)) return schema;
  try {
    return compileJsonSchema(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HandlersRefused(`the JSON Schema of ${whose} cannot be used: ${reason}`, { cause });
  }
}

// Schema libraries make objects (zod, valibot) or functions (arktype).
function isSchema(value: unknown): value is Schema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}
