import { openPlatform } from '@cloudtask/core/open-platform';
import { runService } from '@cloudtask/core/service';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { readWorkerConfiguration, type WorkerConfiguration } from './config-file.ts';
import { startWorker } from './service.ts';
import { workerSettings } from './settings.ts';
import { startWorkerProbe } from './worker-health.ts';

/** All that the daemon can be told. */
export const workerProgramSettings = { ...sharedSettings, ...workerSettings, ...probeSettings(9091) };

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
      async start(values, { logger }) {
        const platform = await openPlatform(values, { service: 'worker', logger });
        const worker = await startWorker({ ...platform, ...configuration?.parts, settings: values, ownsProcess: true });
        const probe = await startWorkerProbe(platform, worker, values);
        return {
          ready: `CloudTask worker ready, ${worker.types.length} handlers, metrics on http://${values.host}:${probe.port}/metrics`,
          async close() {
            await worker.close();
            await probe.close();
            await platform.close();
          },
        };
      },
    },
    argv,
  );
}
