import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import { isFinal } from '@cloudtask/sdk/contract';
import { ENTRIES_AT_ONCE, type EntryRow } from '../store/job-journal.ts';
import type { EventStream } from './http/event-stream.ts';
import {
  isAfter,
  justBefore,
  lastEntryAt,
  type Place,
  placeOf,
  placeOfEntry,
  toEntryEvent,
  toEvent,
} from './job-sequence.ts';
import type { JobWatch } from './job-watch.ts';
import type { EntryReader } from './read-entries.ts';

export interface StreamJob {
  jobWatch: JobWatch;
  entries: EntryReader;
  logger: Logger;
}

export interface Followed {
  /** As it was just now. */
  row: JobRow;
  /** Undefined: begin with the job as it is. */
  seen: Place | undefined;
  withLogs: boolean;
}

/**
 * One job until it is final: what it did and said after `seen`, or what it is now and does from now on. Nothing is kept
 * for a client that reads slowly: it goes on from the place that it has reached.
 */
export function streamJob(deps: StreamJob, stream: EventStream, followed: Followed): void {
  const job = new JobFollower(deps, stream, followed);
  const stop = deps.jobWatch.watch(followed.row, (row) => job.changed(row), job.stirred);
  if (stream.ended.aborted) stop();
  else stream.ended.addEventListener('abort', stop);
  if (!followed.seen) job.tellStatus();
  job.stirred();
}

class JobFollower {
  readonly #entries: EntryReader;
  readonly #logger: Logger;
  readonly #stream: EventStream;
  readonly #withLogs: boolean;
  #row: JobRow;
  #place: Place;
  #isStirred = false;
  #isTelling = false;

  constructor({ entries, logger }: StreamJob, stream: EventStream, { row, seen, withLogs }: Followed) {
    this.#entries = entries;
    this.#logger = logger;
    this.#stream = stream;
    this.#withLogs = withLogs;
    this.#row = row;
    this.#place = seen ?? justBefore(placeOf(row));
  }

  changed(row: JobRow): void {
    if (isAfter(placeOf(row), placeOf(this.#row))) this.#row = row;
    this.stirred();
  }

  /** There may be something to tell. */
  readonly stirred = (): void => {
    this.#isStirred = true;
    if (!this.#isTelling) void this.#tellWhileStirred();
  };

  async #tellWhileStirred(): Promise<void> {
    this.#isTelling = true;
    while (this.#isStirred && !this.#stream.ended.aborted) {
      this.#isStirred = false;
      try {
        await this.#tell();
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable))
          this.#logger.error({ err: error, jobId: this.#row.id }, 'a stream cannot go on');
        // Nobody else may come to stir this one.
        this.#isStirred = true;
        await pause(RETRY_MS, undefined, { signal: this.#stream.ended }).catch(() => {});
      }
    }
    this.#isTelling = false;
  }

  async #tell(): Promise<void> {
    while (!this.#stream.ended.aborted) {
      await this.#stream.room();
      // The state is of an earlier moment than the entries: whatever ended its attempt before was written by then.
      const row = this.#row;
      const entries = await this.#entries.read({
        jobId: row.id,
        after: lastEntryAt(this.#place),
        untilFence: row.fence,
        withLogs: this.#withLogs,
      });
      if (!this.#tellAll(row, entries)) continue;
      if (isFinal(row.status)) this.#stream.end();
      return;
    }
  }

  /** False: there is more, or no room for more just now. */
  #tellAll(row: JobRow, entries: readonly EntryRow[]): boolean {
    for (const entry of entries) {
      if (entry.fence === row.fence && row.status === 'RUNNING' && !this.#tellStatus(row)) return false;
      if (!this.#send(toEntryEvent(row.id, entry), placeOfEntry(entry))) return false;
    }
    return entries.length < ENTRIES_AT_ONCE && this.#tellStatus(row);
  }

  /** Where the job is now, if that is news. */
  tellStatus(): void {
    this.#tellStatus(this.#row);
  }

  #tellStatus(row: JobRow): boolean {
    return !isAfter(placeOf(row), this.#place) || this.#send(toEvent(row), placeOf(row));
  }

  #send(event: ReturnType<typeof toEvent | typeof toEntryEvent>, place: Place): boolean {
    this.#place = place;
    return this.#stream.send({ id: event.seq, event: event.kind, data: event });
  }
}

const RETRY_MS = 1_000;
