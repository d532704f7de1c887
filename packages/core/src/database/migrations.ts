import * as jobs from './migrations/0001-jobs.ts';
import * as accounts from './migrations/0002-accounts.ts';
import * as jobLife from './migrations/0003-job-life.ts';
import * as refusedSlots from './migrations/0004-refused-slots.ts';
import * as orderOfCheckpoints from './migrations/0005-order-of-checkpoints.ts';
import * as turnsOfSchedules from './migrations/0006-turns-of-schedules.ts';
import * as traces from './migrations/0007-traces.ts';
import * as detailsOfTypes from './migrations/0008-details-of-types.ts';
import * as childrenOfJobs from './migrations/0009-children-of-jobs.ts';
import * as discardedFailures from './migrations/0010-discarded-failures.ts';
import * as drainedWorkers from './migrations/0011-drained-workers.ts';

/** One forward step of the schema. What was released never changes: a correction is a migration of its own. */
export interface Migration {
  /** 1, 2, 3 …, without a gap. */
  number: number;
  name: string;
  sql: string;
  /**
   * Programs that do not know this step cannot work with the tables after it: they refuse to start. Without it they go on,
   * which is what lets a rolling deploy, and the way back, work: a step then only adds what older programs leave alone.
   */
  breaksOlder?: boolean;
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: '0001-jobs', sql: jobs.sql },
  { number: 2, name: '0002-accounts', sql: accounts.sql },
  { number: 3, name: '0003-job-life', sql: jobLife.sql },
  { number: 4, name: '0004-refused-slots', sql: refusedSlots.sql },
  { number: 5, name: '0005-order-of-checkpoints', sql: orderOfCheckpoints.sql },
  { number: 6, name: '0006-turns-of-schedules', sql: turnsOfSchedules.sql },
  { number: 7, name: '0007-traces', sql: traces.sql },
  { number: 8, name: '0008-details-of-types', sql: detailsOfTypes.sql },
  { number: 9, name: '0009-children-of-jobs', sql: childrenOfJobs.sql },
  { number: 10, name: '0010-discarded-failures', sql: discardedFailures.sql },
  { number: 11, name: '0011-drained-workers', sql: drainedWorkers.sql },
];
