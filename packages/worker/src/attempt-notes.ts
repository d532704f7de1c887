import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import { type JournalPage, JsonText, type LogEntry } from '@cloudtask/core/protocol/journal';
import type { Json } from '@cloudtask/sdk/contract';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { Attempt } from './attempt.ts';
import { attemptFields } from './attempt-fields.ts';
import type { AttemptJournal } from './attempt-journal.ts';
import { JOURNAL_LIMITS, MOST_WAITING_BYTES } from './journal-limits.ts';
import { checkpointValue, droppedMessage, type JournalValue, progressValue } from './journal-value.ts';
import { LogBudget } from './log-budget.ts';
import { cut, storableText, toLogLine } from './log-line.ts';

/** Who writes the notes of all attempts of a worker. */
export interface NotesKeeper {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes that wait to be written, of all attempts. */
  waitingBytes: number;
  /** How long an end waits for what was said before it. */
  readonly patienceMs: number;
  /** There is something to write. `isUrgent`: the end of the attempt waits for it. */
  hasNews(notes: AttemptNotes, isUrgent: boolean): void;
}

type Progress = NonNullable<JournalPage['progress']>;
type Checkpoint = NonNullable<JournalPage['checkpoint']>;

/** What one attempt said and nobody has written yet. Values are copied when they are said: handlers go on changing theirs. */
export class AttemptNotes implements AttemptJournal {
  readonly #attempt: Attempt;
  readonly #keeper: NotesKeeper;
  readonly #budget = new LogBudget();
  #told: Set<string> | undefined;
  #n = 0;
  #progress: Waiting<Progress> | undefined;
  #checkpoint: Waiting<Checkpoint> | undefined;
  #logs: Waiting<LogEntry>[] = [];
  /** Beyond what is kept of one attempt. */
  #dropped = 0;
  /** While too much waited in the worker. */
  #droppedForRoom = 0;
  #hasThrown = false;
  #isClosed = false;
  #isDiscarded = false;
  #patience: NodeJS.Timeout | undefined;
  #then: (() => void) | undefined;

  constructor(attempt: Attempt, keeper: NotesKeeper) {
    this.#attempt = attempt;
    this.#keeper = keeper;
  }

  /** What a log line about it says of it. */
  get fields(): object {
    return attemptFields(this.#attempt);
  }

  get isEmpty(): boolean {
    return this.#logs.length === 0 && !this.#progress && !this.#checkpoint;
  }

  /** What writing them down sends to the database, about. */
  get waitingBytes(): number {
    const others = (this.#progress?.bytes ?? 0) + (this.#checkpoint?.bytes ?? 0);
    return this.#logs.reduce((sum, { bytes }) => sum + bytes, others);
  }

  log(level: LogLevel, message: string, fields?: object): void {
    if (this.#isClosed) return;
    if (this.#budget.isSpent) {
      this.#dropped += 1;
      return;
    }
    const { line, bytes } = toLogLine(message, fields, this.#keeper.logger.scrub);
    if (!this.#budget.hasRoomFor(bytes)) {
      this.#dropped += 1;
      return;
    }
    if (!this.#hasRoomFor(bytes + LINE_BYTES)) {
      this.#droppedForRoom += 1;
      return;
    }
    this.#budget.take(bytes);
    this.#addLine({ level, ...line }, bytes + LINE_BYTES);
  }

  progress(value: number | Json, message?: string): void {
    const said = this.#taken('progress', progressValue(value));
    if (!said) return;
    // JSON that begins so is a number.
    const percent = /^[-\d]/.test(said.text) ? Number(said.text) : null;
    const text = message === undefined ? null : cut(storableText(message));
    this.#n += 1;
    const what = {
      n: this.#n,
      percent: percent === null ? null : Math.min(100, Math.max(0, percent)),
      message: text,
      data: percent === null ? new JsonText(said.text) : null,
    };
    this.#progress = this.#replace(this.#progress, what, said.bytes + Buffer.byteLength(text ?? ''));
  }

  checkpoint(state: Json): void {
    const said = this.#taken('checkpoint', checkpointValue(state));
    if (!said) return;
    this.#n += 1;
    this.#checkpoint = this.#replace(this.#checkpoint, { n: this.#n, state: new JsonText(said.text) }, said.bytes);
  }

  threw(message: string, stack: string): void {
    if (this.#isClosed || this.#hasThrown) return;
    this.#hasThrown = true;
    const { line, bytes } = toLogLine(message, { stack }, this.#keeper.logger.scrub);
    this.#addLine({ level: 'error', ...line }, bytes + LINE_BYTES);
  }

  dropped(lines: number): void {
    if (!this.#isClosed) this.#dropped += lines;
  }

  end(then: () => void): void {
    const message = droppedLines(this.#dropped, this.#droppedForRoom);
    if (message !== undefined && !this.#isDiscarded) this.#addLine({ level: 'warn', message, fields: null }, 0);
    this.#isClosed = true;
    if (this.isEmpty) {
      then();
      return;
    }
    this.#then = then;
    this.#patience = setTimeout(() => this.#losePatience(), this.#keeper.patienceMs).unref();
    this.#keeper.hasNews(this, true);
  }

  /** All that waits now. */
  page(): JournalPage {
    const { job, claim } = this.#attempt;
    return {
      jobId: job.id,
      fence: job.fence,
      claimToken: claim.token,
      attempt: job.attempt,
      progress: this.#progress?.what,
      checkpoint: this.#checkpoint?.what,
      logs: this.#logs.map(({ what }) => what),
    };
  }

  /** That page is in the database; what was said since then still waits. */
  written(page: JournalPage): void {
    this.#remove(page);
    if (this.isEmpty) this.#tellEnd();
  }

  /** The database takes nothing of that page and never will: one line stands for it. */
  refused(page: JournalPage): void {
    this.#remove(page);
    // When it was a line of our own, something is wrong with us, and the end must not wait for it.
    if (!this.#isDiscarded && page.logs.every(({ message }) => message !== REFUSED))
      this.#logs.unshift({ what: this.#refusal(page), bytes: 0 });
    if (this.isEmpty) this.#tellEnd();
  }

  /** It belongs to somebody else by now, or there is no time left. */
  discard(): void {
    this.#isClosed = true;
    this.#isDiscarded = true;
    this.written(this.page());
  }

  #remove(page: JournalPage): void {
    for (const { bytes } of this.#logs.splice(0, page.logs.length)) this.#keeper.waitingBytes -= bytes;
    if (this.#progress?.what === page.progress) this.#progress = this.#free(this.#progress);
    if (this.#checkpoint?.what === page.checkpoint) this.#checkpoint = this.#free(this.#checkpoint);
  }

  #refusal(page: JournalPage): LogEntry {
    this.#n += 1;
    const n = page.logs.at(-1)?.n ?? page.progress?.n ?? this.#n;
    return { n, at: this.#keeper.clock.now(), level: 'warn', message: REFUSED, fields: null };
  }

  #addLine(line: Omit<LogEntry, 'n' | 'at'>, bytes: number): void {
    this.#n += 1;
    this.#logs.push({ what: { n: this.#n, at: this.#keeper.clock.now(), ...line }, bytes });
    this.#keeper.waitingBytes += bytes;
    this.#keeper.hasNews(this, false);
  }

  #replace<What>(old: Waiting<What> | undefined, what: What, bytes: number): Waiting<What> {
    this.#free(old);
    this.#keeper.waitingBytes += bytes;
    this.#keeper.hasNews(this, false);
    return { what, bytes };
  }

  #free(old: Waiting<unknown> | undefined): undefined {
    this.#keeper.waitingBytes -= old?.bytes ?? 0;
  }

  #taken(kind: 'progress' | 'checkpoint', said: JournalValue): { text: string; bytes: number } | undefined {
    if (this.#isClosed) return undefined;
    if ('why' in said) this.#tellDropped(kind, said.why);
    else if (this.#hasRoomFor(said.bytes)) return said;
    else this.#tellDropped(kind, 'too much waits in this worker to be written');
    return undefined;
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#keeper.waitingBytes + bytes <= MOST_WAITING_BYTES;
  }

  /** Once of each kind. */
  #tellDropped(kind: 'progress' | 'checkpoint', why: string): void {
    this.#told ??= new Set();
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#keeper.logger.warn(attemptFields(this.#attempt), droppedMessage(kind, why));
    this.log('warn', droppedMessage(kind, why));
  }

  #losePatience(): void {
    this.#keeper.logger.warn(
      { ...attemptFields(this.#attempt), lines: this.#logs.length, waitedMs: this.#keeper.patienceMs },
      'the database did not take the last log lines of an attempt: its end is told without them',
    );
    this.discard();
  }

  #tellEnd(): void {
    clearTimeout(this.#patience);
    const then = this.#then;
    this.#then = undefined;
    then?.();
  }
}

interface Waiting<What> {
  what: What;
  bytes: number;
}

function droppedLines(beyondLimits: number, forRoom: number): string | undefined {
  const { lines, logBytes } = JOURNAL_LIMITS;
  const limits = `${lines} lines and ${logBytes} bytes of them are kept of an attempt`;
  const room = 'too much waited in the worker to be written';
  if (beyondLimits + forRoom === 0) return undefined;
  const what = `${beyondLimits + forRoom} more lines were dropped`;
  if (forRoom === 0) return `${what}: ${limits}`;
  if (beyondLimits === 0) return `${what}: ${room}`;
  return `${what}: ${beyondLimits} because ${limits}, ${forRoom} because ${room}`;
}

/** What a line takes beside its text: in the statement that writes it, and about as much in memory. */
const LINE_BYTES = 150;

const REFUSED = 'lines before this one were dropped: the database refused them';
