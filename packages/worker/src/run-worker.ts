import { openPlatform } from '@cloudtask/core/open-platform';
import { runService } from '@cloudtask/core/service';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { readWorkerConfiguration, type WorkerConfiguration } from './config-file.ts';
import { runSettings } from './run-settings.ts';
import { RunTally } from './run-tally.ts';
import { startWorker } from './service.ts';
import { workerSettings } from './settings.ts';
import { untilDone } from './until-done.ts';
import { startWorkerProbe } from './worker-health.ts';
import type { RunningWorker } from './worker-life.ts';

/** All that the daemon can be told. */
export const workerProgramSettings = { ...sharedSettings, ...workerSettings, ...runSettings, ...probeSettings(9091) };

/** The daemon, for the whole life of this process. `argv`: its flags; default those of the process. `command`: how it was called. */
export async function runWorker({ command, argv }: { command?: string; argv?: readonly string[] } = {}) {
  let configuration: WorkerConfiguration | undefined;
  await runService(
    {
      name: 'cloudtask-worker',
      ...(command !== undefined && { command }),
      describe: 'Runs jobs. Any number may run; each takes what the others have no slot for.',
      settings: workerProgramSettings,
      async readConfigFile(sources) {
        configuration = await readWorkerConfiguration(sources, process.cwd());
        return configuration?.settings;
      },
      // The grace for jobs, 3 s for those that were told to stop, and time to settle them.
      graceMs: ({ shutdownGrace }) => shutdownGrace + 12_000,
      async start(values, { logger, stopped }) {
        const { only, once, maxJobs = Number.POSITIVE_INFINITY, shutdownGrace } = values;
        const platform = await openPlatform(values, { service: 'worker', logger });
        const tally = new RunTally();
        const worker = await startWorker({
          ...platform,
          ...configuration?.parts,
          settings: values,
          ...(only.length > 0 && { only }),
          quota: { left: maxJobs },
          observer: tally,
          ownsProcess: true,
        });
        // Its port may be that of the worker that runs all the time, and nobody scrapes what is gone in a moment.
        const probe = once ? undefined : await startWorkerProbe(platform, worker, values);
        const untilEnd = async (): Promise<string> => {
          if (once || maxJobs < Number.POSITIVE_INFINITY) await endWhenDone(worker, { once, stopped, tally });
          await worker.ended;
          return tally.sentence(worker.isSpent ? 'as many as it was to run' : 'nothing is ready any more');
        };
        return {
          ready: `CloudTask worker ready, ${worker.types.length} handlers, ${readyFor(probe && `http://${values.host}:${probe.port}/metrics`)}`,
          done: untilEnd(),
          async close() {
            // Also where it waits for its last jobs without one.
            await worker.close({ graceMs: shutdownGrace });
            await probe?.close();
            await platform.close();
          },
        };
      },
    },
    argv,
  );
}

interface Ending {
  once: boolean;
  stopped: AbortSignal;
  tally: RunTally;
}

/** Whoever stops or drains the worker meanwhile closes it too. */
async function endWhenDone(worker: RunningWorker, { once, stopped, tally }: Ending): Promise<void> {
  const signal = AbortSignal.any([stopped, tally.drained]);
  try {
    await untilDone(worker, { whenQuiet: once, signal });
  } catch (error) {
    // What it runs is worth its grace, also where nobody can be asked for more.
    await worker.close();
    throw error;
  }
  if (!signal.aborted) await worker.close({ graceMs: Number.POSITIVE_INFINITY });
}

function readyFor(metrics: string | undefined): string {
  return metrics === undefined ? 'runs what is ready and ends' : `metrics on ${metrics}`;
}
