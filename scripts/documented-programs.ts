import type { DocumentedProgram } from '../packages/core/src/settings-docs.ts';
import { probeSettings, sharedSettings } from '../packages/core/src/shared-settings.ts';
import { jobServiceSettings, schedulerSettings } from '../packages/server/src/settings.ts';
import { workerProgramSettings } from '../packages/worker/src/run-worker.ts';

/** The programs whose settings are documented, composed as their files in `bin/` compose them. */
export const documentedPrograms: DocumentedProgram[] = [
  { name: 'job-service', settings: { ...sharedSettings, ...jobServiceSettings } },
  { name: 'worker', settings: workerProgramSettings },
  { name: 'results-processor', settings: { ...sharedSettings, ...probeSettings(9092) } },
  { name: 'scheduler', settings: { ...sharedSettings, ...probeSettings(9093), ...schedulerSettings } },
];
