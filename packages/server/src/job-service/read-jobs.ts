import { createBatcher } from '@cloudtask/core/batcher';
import type { Database } from '@cloudtask/core/database/database';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import { type OwnedId, readOwnedJobs } from '@cloudtask/core/protocol/owned-jobs';

export interface JobReader {
  /** A job of its owner, as it is now; undefined for unknown ones and those of others. */
  read(wanted: OwnedId): Promise<JobRow | undefined>;
}

/** Reads that are wanted at the same time become one statement: 64 of them cost little more than one. */
export function createJobReader(database: Database): JobReader {
  const reads = createBatcher<OwnedId, JobRow | undefined>({
    maxItems: 200,
    inFlight: 2,
    async flush(wanted) {
      const distinct = new Map(wanted.map((each) => [`${each.userId} ${each.id}`, each]));
      const rows = await readOwnedJobs(database, [...distinct.values()]);
      const found = new Map(rows.map((row) => [`${row.userId} ${row.id}`, row]));
      return wanted.map(({ userId, id }) => found.get(`${userId} ${id}`));
    },
  });
  return { read: (wanted) => reads.add(wanted) };
}
