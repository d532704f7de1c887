import type { JsonText } from '@cloudtask/core/protocol/journal';
import type { Json } from '@cloudtask/sdk/contract';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { AttemptJournal } from '../attempt-journal.ts';
import { isKept, levelOfPrinted } from '../job-log-level.ts';
import { checkpointValue, droppedMessage, type JournalValue, progressValue } from '../journal-value.ts';
import { LogBudget } from '../log-budget.ts';
import { cut, storableText, toLogLine } from '../log-line.ts';
import { CappedOutput } from './capped-output.ts';
import type { OutputStream } from './child-messages.ts';

/** What leads to the worker. `waitingBytes`: what it has not taken yet stays in this process's memory. */
export interface ToWorker {
  send(line: string): void;
  readonly waitingBytes: number;
}

/**
 * What one run says and prints, on its way to the worker. It is counted and folded here already: a handler that talks in
 * a loop without a pause would fill the memory of its process with what waits to be sent.
 */
export class ChildVoice implements AttemptJournal {
  readonly #run: number;
  readonly #toWorker: ToWorker;
  readonly #logLevel: LogLevel;
  readonly #budget = new LogBudget();
  readonly #output = { stdout: this.#printer('stdout'), stderr: this.#printer('stderr') };
  readonly #told = new Set<string>();
  #progress: string | undefined;
  #checkpoint: string | undefined;
  #dropped = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(run: number, toWorker: ToWorker, logLevel: LogLevel) {
    this.#run = run;
    this.#logLevel = logLevel;
    this.#toWorker = toWorker;
  }

  /** Whether what is printed to that stream is said by this run. */
  hears(stream: OutputStream): boolean {
    return !this.#isOver && isKept(levelOfPrinted(stream), this.#logLevel);
  }

  log(level: LogLevel, message: string, fields?: object): void {
    if (this.#isOver) return;
    if (this.#budget.isSpent) {
      this.dropped(1);
      return;
    }
    const { line, bytes } = toLogLine(message, fields);
    this.#sendLine(bytes, {
      kind: 'log',
      level: text(level),
      message: text(line.message),
      fields: jsonOf(line.fields),
    });
  }

  print(stream: OutputStream, chunk: string | Uint8Array, encoding?: BufferEncoding): void {
    this.#output[stream].add(chunk, encoding);
  }

  progress(value: number | Json, message?: string): void {
    const said = this.#taken('progress', progressValue(value));
    if (said === undefined) return;
    const about = message === undefined ? {} : { message: text(cut(storableText(message))) };
    this.#progress = this.#messageOf({ kind: 'progress', value: said, ...about });
    this.#sendSoon();
  }

  checkpoint(state: Json): void {
    const said = this.#taken('checkpoint', checkpointValue(state));
    if (said === undefined) return;
    this.#checkpoint = this.#messageOf({ kind: 'checkpoint', state: said });
    this.#sendSoon();
  }

  threw(message: string, stack: string): void {
    if (this.#isOver) return;
    if (!this.#isBehind) this.#sendKept();
    this.#toWorker.send(this.#messageOf({ kind: 'threw', message: text(message), stack: text(stack) }));
  }

  dropped(lines: number): void {
    this.#dropped += lines;
    this.#sendSoon();
  }

  /** Nothing that is said from now on counts. */
  end(then: () => void): void {
    this.#output.stdout.end();
    this.#output.stderr.end();
    this.#isOver = true;
    this.#sendKept();
    then();
  }

  #printer(stream: OutputStream): CappedOutput {
    return new CappedOutput((line) =>
      this.#sendLine(Buffer.byteLength(line), { kind: 'printed', stream: text(stream), line: text(line) }),
    );
  }

  #sendLine(bytes: number, message: Message): void {
    if (!this.#budget.hasRoomFor(bytes)) {
      this.dropped(1);
      return;
    }
    this.#budget.take(bytes);
    // So that all comes in the order in which it was said, unless the worker is behind by as much as the log may have.
    if (!this.#isBehind) this.#sendKept();
    this.#toWorker.send(this.#messageOf(message));
  }

  #taken(kind: 'progress' | 'checkpoint', said: JournalValue): string | undefined {
    if (this.#isOver) return undefined;
    if (!('why' in said)) return said.text;
    // Once of each kind, as in the worker.
    if (!this.#told.has(kind)) this.log('warn', droppedMessage(kind, said.why));
    this.#told.add(kind);
    return undefined;
  }

  /** At once when it is due: a loop that never pauses lets no timer run. */
  #sendSoon(): void {
    if (performance.now() - this.#sentAt >= SEND_EACH_MS && !this.#isBehind) this.#sendKept();
    else this.#timer ??= setTimeout(() => this.#sendLater(), SEND_EACH_MS).unref();
  }

  #sendLater(): void {
    this.#timer = undefined;
    if (this.#isBehind) this.#sendSoon();
    else this.#sendKept();
  }

  #sendKept(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    if (this.#progress !== undefined) this.#toWorker.send(this.#progress);
    if (this.#checkpoint !== undefined) this.#toWorker.send(this.#checkpoint);
    if (this.#dropped > 0) this.#toWorker.send(this.#messageOf({ kind: 'dropped', lines: String(this.#dropped) }));
    this.#progress = undefined;
    this.#checkpoint = undefined;
    this.#dropped = 0;
  }

  get #isBehind(): boolean {
    return this.#toWorker.waitingBytes > MOST_WAITING_BYTES;
  }

  #messageOf({ kind, ...more }: Message): string {
    const members = Object.entries(more).map(([name, json]) => `,"${name}":${json}`);
    return `{"kind":"${kind}","run":${this.#run}${members.join('')}}`;
  }
}

/** All but the kind is JSON already. */
type Message = { kind: 'log' | 'printed' | 'progress' | 'checkpoint' | 'threw' | 'dropped' } & Record<string, string>;

function text(value: string): string {
  return JSON.stringify(value);
}

function jsonOf(fields: JsonText | null): string {
  return fields?.text ?? '{}';
}

/** As often as a worker writes down what its attempts say. */
const SEND_EACH_MS = 250;
const MOST_WAITING_BYTES = 1024 * 1024;
