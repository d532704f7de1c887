// Everything else that runs in production: worker, results-processor and scheduler.
import { readSettings } from '@cloudtask/core/config';
import { silentLogger } from '@cloudtask/core/logger';
import { openPlatform } from '@cloudtask/core/open-platform';
import { sharedSettings } from '@cloudtask/core/shared-settings';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { processorMetrics } from '@cloudtask/server/results-processor/metrics';
import { startResultsProcessor } from '@cloudtask/server/results-processor/service';
import { startScheduler } from '@cloudtask/server/scheduler/service';
import { startWorker, workerSettings } from '@cloudtask/worker';
import { obey, type Urls } from '../contestant.ts';

const urls = JSON.parse(process.argv[2] ?? '{}') as Urls;
const flags = {
  'database-url': urls.database,
  'broker-url': urls.broker,
  'signals-url': 'memory:',
  // The best of 200, 500 and 1,000: a handler that does nothing is done before the next batch of jobs is claimed.
  concurrency: '1000',
};
const DAY_MS = 86_400_000;
const settings = readSettings({ ...sharedSettings, ...workerSettings }, { flags, env: {} });
const platform = await openPlatform(settings, { service: 'bench-worker', logger: silentLogger });
const processor = await startResultsProcessor(platform);
const scheduler = await startScheduler({
  ...platform,
  ageingMs: 600_000,
  retention: { finishedMs: 7 * DAY_MS, failedMs: 30 * DAY_MS },
});
const noop = defineHandler({ type: 'noop', run: () => ({ ok: true }) });
const worker = await startWorker({ ...platform, settings, handlers: [noop] });
const { statusUpdates } = processorMetrics(platform.registry);

obey({
  async count() {
    const { values } = await statusUpdates.get();
    return values.find(({ labels }) => labels.status === 'COMPLETED')?.value ?? 0;
  },
  async stop() {
    await worker.close();
    await scheduler.close();
    await processor.close();
    await platform.close();
  },
});
