export type { Handler } from '@cloudtask/sdk/define-handler';
export { readWorkerConfiguration, type WorkerConfiguration } from './config-file.ts';
export {
  createWorker,
  type EmbeddableWorker,
  type RunningJob,
  type Stopped,
  type WorkerState,
} from './create-worker.ts';
export type { WorkerEvent } from './event-feed.ts';
export { HandlersRefused } from './found-handler.ts';
export { startWorker } from './service.ts';
export { type WorkerSettings, workerSettings } from './settings.ts';
export type { RunningWorker } from './worker-life.ts';
export type { WorkerOptions } from './worker-options.ts';
export type { WorkerParts } from './worker-parts.ts';
