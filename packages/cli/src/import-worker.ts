import { missingPackage } from './errors/missing-package.ts';

const WORKER = '@cloudtask/worker';

/** Reads a project's handlers. Loaded only by the commands that need it: it knows databases and brokers. */
export async function importProjectReader() {
  return await import('@cloudtask/worker/read-project').catch(refuse);
}

/** Reads what plugins say of themselves. */
export async function importPluginManifests() {
  return await import('@cloudtask/worker/plugin-manifest').catch(refuse);
}

/** The worker as a program. */
export async function importWorkerProgram() {
  return await import('@cloudtask/worker/run-worker').catch(refuse);
}

export type Project = Awaited<ReturnType<Awaited<ReturnType<typeof importProjectReader>>['readProject']>>;
export type ProjectHandler = Project['handlers'][number];
export type ProjectSources = Awaited<ReturnType<Awaited<ReturnType<typeof importProjectReader>>['readProjectSources']>>;

function refuse(error: unknown): never {
  throw missingPackage(WORKER, error);
}
