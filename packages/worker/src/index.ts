export type { Handler } from '@cloudtask/sdk/define-handler';
export { createWorker, type EmbeddableWorker, type WorkerOptions } from './create-worker.ts';
export { HandlersRefused } from './load-handlers.ts';
export { type RunningWorker, startWorker, type WorkerParts } from './service.ts';
export { type WorkerSettings, workerSettings } from './settings.ts';
