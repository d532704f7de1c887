import { missingPackage } from './errors/missing-package.ts';

/** Runs a handler in this process. Only `handlers run` needs it. */
export async function importTesting() {
  return await import('@cloudtask/testing').catch((error: unknown) => {
    throw missingPackage('@cloudtask/testing', error);
  });
}
