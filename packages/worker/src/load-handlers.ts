import type { TypeRegistration } from '@cloudtask/core/protocol/register-types';
import { checkHandlerOptions, type Handler, type Isolation } from '@cloudtask/sdk/define-handler';
import { isJsonSchema, type Schema } from '@cloudtask/sdk/schema';
import { compileJsonSchema } from './compile-json-schema.ts';
import { describeType } from './describe-type.ts';
import { type FoundHandler, HandlersRefused } from './found-handler.ts';
import { handlersInFolder } from './handlers-in-folder.ts';
import { handlersInPackage } from './handlers-in-package.ts';

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
}

/** The only way from a job's type to code: never through a path or an import. */
export type HandlerMap = ReadonlyMap<string, LoadedHandler>;

export interface HandlerSources {
  /** Passed in code. */
  handlers?: readonly Handler[];
  folder?: string | undefined;
  packages?: readonly string[];
  /** Give way to any other handler of their type. */
  builtIn?: readonly Handler[];
}

export async function loadHandlers({
  handlers = [],
  folder,
  packages = [],
  builtIn = [],
}: HandlerSources): Promise<HandlerMap> {
  const found: FoundHandler[] = handlers.map((handler) => ({ handler, source: 'the handlers given to the worker' }));
  if (folder !== undefined) found.push(...(await handlersInFolder(folder)));
  for (const name of packages) found.push(...(await handlersInPackage(name)));

  const map = new Map<string, LoadedHandler>();
  for (const each of found) add(map, each);
  for (const handler of builtIn) if (!map.has(handler.job.type)) add(map, { handler, source: 'CloudTask' });
  if (map.size === 0) throw new HandlersRefused('there are no handlers: a worker without any would wait for ever');
  return map;
}

function add(map: Map<string, LoadedHandler>, found: FoundHandler): void {
  const { handler, source } = found;
  const { type } = handler.job;
  const other = map.get(type);
  if (other) {
    throw new HandlersRefused(`two handlers for the type "${type}": one in ${other.source}, one in ${source}`);
  }
  if (!TYPE_FORM.test(type))
    throw new HandlersRefused(`"${type}" in ${source} is no job type: use letters, digits and . _ - :`);
  refuseWrongOptions(found);
  map.set(type, toLoaded(found));
}

/** As it is run, here or in a child process. */
export function toLoaded({ handler, source, module }: FoundHandler): LoadedHandler {
  const { job, run, isolation, memoryLimit } = handler;
  const { type } = job;
  const check = (part: 'payload' | 'result') => checking(job[part], `the ${part} of "${type}" in ${source}`);
  const [payload, result] = [check('payload'), check('result')];
  return {
    type,
    ...(payload && { payload }),
    ...(result && { result }),
    run,
    source,
    about: about(handler, source),
    ...(module === undefined ? {} : { module }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  };
}

function refuseWrongOptions({ handler, source, module }: FoundHandler): void {
  try {
    checkHandlerOptions(handler);
  } catch (cause) {
    throw new HandlersRefused(`${(cause as TypeError).message} (${source})`, { cause });
  }
  if (handler.isolation !== 'process' || module !== undefined) return;
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
