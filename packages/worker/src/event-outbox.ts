/**
 * Gathers events into messages: what is added within one turn of the event loop travels together, and so does what is
 * added while `limit` messages are in flight. Without a promise per event, unlike core's batcher: at tens of thousands
 * of events a second those cost more than the events.
 */
export interface EventOutboxOptions<Event> {
  /** Deals with its own failures: never rejects. */
  send(events: Event[]): Promise<void>;
  maxItems: number;
  maxBytes: number;
  sizeOf(event: Event): number;
}

export class EventOutbox<Event> {
  readonly #options: EventOutboxOptions<Event>;
  #waiting: Event[] = [];
  #inFlight = 0;
  #next: NodeJS.Immediate | undefined;
  readonly #drained: (() => void)[] = [];

  constructor(options: EventOutboxOptions<Event>) {
    this.#options = options;
  }

  add(event: Event): void {
    this.#waiting.push(event);
    this.#sendSoon();
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#tellIfDrained();
    });
  }

  #sendSoon(): void {
    if (this.#next || this.#inFlight >= MOST_IN_FLIGHT || this.#waiting.length === 0) return;
    this.#next = setImmediate(() => {
      this.#next = undefined;
      while (this.#waiting.length > 0 && this.#inFlight < MOST_IN_FLIGHT) void this.#send(this.#take());
    });
  }

  async #send(events: Event[]): Promise<void> {
    this.#inFlight += 1;
    await this.#options.send(events);
    this.#inFlight -= 1;
    this.#sendSoon();
    this.#tellIfDrained();
  }

  #take(): Event[] {
    const { maxItems, maxBytes, sizeOf } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const event of this.#waiting) {
      bytes += sizeOf(event);
      if (count === maxItems || (count > 0 && bytes > maxBytes)) break;
      count += 1;
    }
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  #tellIfDrained(): void {
    if (this.#waiting.length === 0 && this.#inFlight === 0) for (const tell of this.#drained.splice(0)) tell();
  }
}

const MOST_IN_FLIGHT = 2;
