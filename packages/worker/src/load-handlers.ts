import type { TypeRegistration } from '@cloudtask/core/protocol/register-types';
import type { Handler } from '@cloudtask/sdk/define-handler';
import type { Schema } from '@cloudtask/sdk/define-job';
import { describeType } from './describe-type.ts';
import { type FoundHandler, HandlersRefused } from './found-handler.ts';
import { handlersInFolder } from './handlers-in-folder.ts';
import { handlersInPackage } from './handlers-in-package.ts';

/** A handler as it is run. */
export interface LoadedHandler {
  readonly type: string;
  readonly input?: Schema;
  readonly output?: Schema;
  readonly run: Handler['run'];
  /** Where it came from, for people. */
  readonly source: string;
  /** What the servers are told of its type; every handler that was loaded has it. */
  readonly about?: TypeRegistration;
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

function add(map: Map<string, LoadedHandler>, { handler, source }: FoundHandler): void {
  const { type, input, output } = handler.job;
  const other = map.get(type);
  if (other) {
    throw new HandlersRefused(`two handlers for the type "${type}": one in ${other.source}, one in ${source}`);
  }
  if (!TYPE_FORM.test(type))
    throw new HandlersRefused(`"${type}" in ${source} is no job type: use letters, digits and . _ - :`);
  map.set(type, {
    type,
    ...(isSchema(input) ? { input } : {}),
    ...(isSchema(output) ? { output } : {}),
    run: handler.run,
    source,
    about: about(handler, source),
  });
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

// Schema libraries make objects (zod, valibot) or functions (arktype).
function isSchema(value: unknown): value is Schema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}
