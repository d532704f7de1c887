import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Values } from '@cloudtask/core/config';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import type { Registry } from '@cloudtask/core/metrics';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { jobServiceSettings } from '../settings.ts';

export type JobServiceSettings = Values<typeof jobServiceSettings>;

/** What the job-service stands on. The caller opens it and closes it. */
export interface JobServiceDeps {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  settings: JobServiceSettings;
}
