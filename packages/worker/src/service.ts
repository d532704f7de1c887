import { builtInHandlers } from './built-in-handlers.ts';
import { loadHandlers } from './load-handlers.ts';
import { type RunningWorker, WorkerLife, type WorkerParts } from './worker-life.ts';

/** Starts to consume, claim, run and report. What it was given stays open when it is closed. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { settings, logger } = parts;
  const handlers = await loadHandlers({
    handlers: parts.handlers ?? [],
    folder: settings.handlersFolder,
    packages: settings.plugins,
    builtIn: parts.offersBuiltIn === false ? [] : builtInHandlers(settings),
  });
  logger.info(
    { handlers: Array.from(handlers.values(), ({ type, source }) => `${type} (${source})`) },
    'handlers loaded',
  );
  const life = new WorkerLife(parts, handlers);
  await life.start();
  return life;
}
