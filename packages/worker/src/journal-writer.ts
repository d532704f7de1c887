import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import { isSqlError } from '@cloudtask/core/database/sql-error';
import type { Logger } from '@cloudtask/core/logger';
import { type Loop, repeat } from '@cloudtask/core/loop';
import { type JournalPage, writeJournal } from '@cloudtask/core/protocol/journal';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { Attempt } from './attempt.ts';
import type { AttemptJournal } from './attempt-journal.ts';
import { AttemptNotes, type NotesKeeper } from './attempt-notes.ts';
import { within } from './within.ts';

export interface JournalWriterDeps {
  database: Database;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  journalPatienceMs?: number;
}

/**
 * Writes what the attempts of a worker say, all of them by one statement per tick, one statement at a time: so the entries
 * of an attempt are committed in their order, and whoever reads on from one of them misses none. While the database is
 * away what is said waits, within limits, and so do, for some seconds,
 * the ends of attempts that said something.
 */
export class JournalWriter implements NotesKeeper {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly patienceMs: number;
  waitingBytes = 0;
  readonly #deps: JournalWriterDeps;
  readonly #waiting = new Set<AttemptNotes>();
  readonly #loop: Loop;
  #isClosed = false;

  constructor(deps: JournalWriterDeps) {
    this.#deps = deps;
    this.clock = deps.clock;
    this.logger = deps.logger;
    this.patienceMs = deps.journalPatienceMs ?? PATIENCE_MS;
    this.#loop = repeat({
      name: 'write-journals',
      everyMs: WRITE_EACH_MS,
      runOnce: () => this.#writeSome(),
      logger: deps.logger,
    });
  }

  open(attempt: Attempt): AttemptJournal {
    return new AttemptNotes(attempt, this);
  }

  hasNews(notes: AttemptNotes, isUrgent: boolean): void {
    if (this.#isClosed) {
      notes.discard();
      return;
    }
    this.#waiting.add(notes);
    if (isUrgent) this.#loop.poke();
  }

  /** Writes what is left; what the database does not take in that time is dropped, and no end waits for it any longer. */
  async close(withinMs: number): Promise<void> {
    await within(withinMs, this.#writeRest());
    this.#isClosed = true;
    for (const notes of this.#waiting) notes.discard();
    this.#waiting.clear();
  }

  /** Until it is closed: a statement under way may take longer than there is time. */
  async #writeRest(): Promise<void> {
    await this.#loop.close();
    while (this.#waiting.size > 0 && !this.#isClosed) {
      try {
        await this.#writeSome();
      } catch (err) {
        this.logger.warn({ err, attempts: this.#waiting.size }, 'the last log lines wait for the database');
        await pause(RETRY_MS);
      }
    }
  }

  async #writeSome(): Promise<{ again: boolean }> {
    const batch = this.#takeBatch();
    const isAll = batch.length === this.#waiting.size;
    if (batch.length > 0) await this.#write(batch);
    return { again: !isAll };
  }

  async #write(batch: readonly Written[]): Promise<void> {
    try {
      await this.#writePages(batch);
    } catch (error) {
      if (isOutage(error)) throw error;
      await this.#writeEach(batch, error);
    }
  }

  async #writePages(batch: readonly Written[]): Promise<void> {
    const { database } = this.#deps;
    const pages = batch.map(({ page }) => page);
    const owned = new Set(await retryTransient(() => writeJournal(database, pages)));
    for (const { notes, page } of batch) {
      if (owned.has(page.jobId)) notes.written(page);
      else notes.discard();
      this.#putBack(notes);
    }
    this.#deps.signals.ring(
      'journals',
      Array.from(owned, (id) => ({ id })),
    );
  }

  /**
   * What is said by one attempt, however indigestible, costs no other a line: only the page that is refused by itself as
   * well is given up.
   */
  async #writeEach(batch: readonly Written[], error: unknown): Promise<void> {
    const [only] = batch;
    if (only && batch.length === 1 && isRefusedForGood(error)) {
      this.#refuse(only, error);
      return;
    }
    for (const each of batch) {
      try {
        await this.#writePages([each]);
      } catch (err) {
        if (isOutage(err)) throw err;
        this.#refuse(each, err);
      }
    }
  }

  #refuse({ notes, page }: Written, err: unknown): void {
    this.logger.error({ err, ...notes.fields }, 'the database refused what an attempt said');
    notes.refused(page);
    this.#putBack(notes);
  }

  /** Behind the others when it said more meanwhile: who talks without a pause keeps nobody waiting. */
  #putBack(notes: AttemptNotes): void {
    this.#waiting.delete(notes);
    if (!notes.isEmpty) this.#waiting.add(notes);
  }

  #takeBatch(): Written[] {
    const batch: Written[] = [];
    let bytes = 0;
    for (const notes of this.#waiting) {
      // Its end lost patience meanwhile.
      if (notes.isEmpty) {
        this.#waiting.delete(notes);
        continue;
      }
      bytes += notes.waitingBytes;
      if (batch.length === MOST_PAGES || (batch.length > 0 && bytes > MOST_BYTES)) break;
      batch.push({ notes, page: notes.page() });
    }
    return batch;
  }
}

interface Written {
  notes: AttemptNotes;
  page: JournalPage;
}

/** All will be well again without our doing. Any other error may come from what one attempt said. */
function isOutage(error: unknown): boolean {
  return !isSqlError(error) && !(error instanceof RangeError);
}

/** A value that PostgreSQL cannot hold (22…), a rule that forbids it (23…), or one too deep for it or for us. */
function isRefusedForGood(error: unknown): boolean {
  return isSqlError(error, '22', '23', '54') || error instanceof RangeError;
}

/** Watchers see a line about this late. */
const WRITE_EACH_MS = 250;
const MOST_PAGES = 500;
const MOST_BYTES = 1024 * 1024;
const RETRY_MS = 250;
/** Well below a lease of 15 s: a result is worth more than the lines before it. */
const PATIENCE_MS = 8_000;
