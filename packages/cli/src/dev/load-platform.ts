import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';

/** The platform is large, and only `dev` needs it: it is loaded here and nowhere else. */
export async function loadPlatform() {
  try {
    const [{ startEmbedded }, { startDevWorkers }] = await Promise.all([
      import('@cloudtask/server/embedded'),
      import('@cloudtask/worker/dev'),
    ]);
    return { startEmbedded, startDevWorkers };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError('the platform is not installed', {
      code: 'SERVER_MISSING',
      exit: EXIT.other,
      tryThis: 'npm install @cloudtask/server @cloudtask/worker',
      cause: error,
    });
  }
}

type Loaded = Awaited<ReturnType<typeof loadPlatform>>;
export type EmbeddedPlatform = Awaited<ReturnType<Loaded['startEmbedded']>>;
export type PlatformLogger = NonNullable<NonNullable<Parameters<Loaded['startEmbedded']>[0]>['logger']>;
export type NextTimer = NonNullable<Awaited<ReturnType<EmbeddedPlatform['nextTimer']>>>;
export type DevWorkers = Awaited<ReturnType<Loaded['startDevWorkers']>>;
export type DevWorkersOptions = Parameters<Loaded['startDevWorkers']>[0];
export type WorkersEvent = Parameters<DevWorkersOptions['onEvent']>[0];
