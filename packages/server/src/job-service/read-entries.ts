import { createBatcher } from '@cloudtask/core/batcher';
import type { Database } from '@cloudtask/core/database/database';
import { type EntryRow, readEntries, type WantedEntries } from '../store/job-journal.ts';

export interface EntryReader {
  /** What a job's attempts said after a place; the caller has seen that the job is its user's. */
  read(wanted: WantedEntries): Promise<EntryRow[]>;
}

/** Streams that look at the same time ask together. */
export function createEntryReader(database: Database): EntryReader {
  const reads = createBatcher<WantedEntries, EntryRow[]>({
    // With the most that one answer has of each, 50 lines of 16 KiB, that is 8 MiB.
    maxItems: 10,
    inFlight: 2,
    flush: (wanted) => readEntries(database, wanted),
  });
  return { read: (wanted) => reads.add(wanted) };
}
