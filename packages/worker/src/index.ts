export type { Handler } from '@cloudtask/sdk/define-handler';
export { createWorker, type EmbeddableWorker, type WorkerOptions } from './create-worker.ts';
export { HandlersRefused } from './found-handler.ts';
export { startWorker } from './service.ts';
export { type WorkerSettings, workerSettings } from './settings.ts';
export type { RunningWorker, WorkerParts } from './worker-life.ts';
