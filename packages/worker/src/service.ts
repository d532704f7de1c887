import { environmentVariables } from '@cloudtask/core/config';
import { builtInHandlers } from './built-in-handlers.ts';
import { captureConsole } from './console-capture.ts';
import { HandlersRefused } from './found-handler.ts';
import { type IdleFile, idleFileText } from './idle-files.ts';
import { type HandlerMap, loadHandlers } from './load-handlers.ts';
import { pluginsToLoad } from './plugins-to-load.ts';
import { describeQueues } from './queue-slots.ts';
import { ServiceHost } from './service-host.ts';
import { type RunningWorker, WorkerLife } from './worker-life.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Starts to consume, claim, run and report. What it was given stays open when it is closed. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { settings, logger } = parts;
  const host = new ServiceHost({ logger, environment: environmentVariables() });
  const around = {
    host,
    ...(parts.services && { services: parts.services }),
    ...(parts.use && { use: parts.use }),
    reachChildren: parts.configFile !== undefined,
  };
  const sources = {
    handlers: parts.handlers ?? [],
    folder: settings.handlersFolder,
    plugins: pluginsToLoad(settings.plugins, parts.plugins),
    overrides: parts.overrides ?? {},
    onIdle: parts.onIdleFile ?? ((idle: IdleFile) => logger.warn(idle, idleFileText(idle, idle.file))),
    builtIn: parts.offersBuiltIn === false ? [] : builtInHandlers(settings),
  };
  const handlers = onlyOf(await loadHandlers(sources, around), parts.only);
  logger.info(
    { handlers: Array.from(handlers.values(), ({ type, source }) => `${type} (${source})`) },
    'handlers loaded',
  );
  const releaseConsole = settings.captureConsole ? captureConsole({ prints: parts.printsConsole }) : () => {};
  const atEnd = async () => {
    await host.close();
    releaseConsole();
  };
  const queues = parts.servesOwnQueues ? withOwnQueues(settings.queues, handlers) : settings.queues;
  const life = new WorkerLife({ ...parts, settings: { ...settings, queues } }, handlers, atEnd);
  await life.start();
  return life;
}

/** Those that the handlers' jobs are sent to, beside those that are taken from anyhow. */
function withOwnQueues(queues: readonly string[], handlers: HandlerMap): string[] {
  const { queues: known } = describeQueues({ queues, concurrency: 0 });
  const own = Array.from(handlers.values()).flatMap(({ about }) => about?.defaults.queue ?? []);
  return [...queues, ...new Set(own.filter((queue) => !known.includes(queue)))];
}

function onlyOf(handlers: HandlerMap, only: readonly string[] | undefined): HandlerMap {
  if (!only) return handlers;
  const missing = only.find((type) => !handlers.has(type));
  if (missing === undefined) return new Map([...handlers].filter(([type]) => only.includes(type)));
  throw new HandlersRefused(`there is no handler of "${missing}": there are ${[...handlers.keys()].join(', ')}`);
}
