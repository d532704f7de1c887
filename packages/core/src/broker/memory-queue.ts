import type { ConsumeOptions, Delivery } from './broker.ts';

/**
 * One in-process queue: first in, first out, round robin over subscriptions with room. What is given back takes the
 * place it had.
 */
export class MemoryQueue {
  readonly #ready = new ReadyMessages();
  readonly #subscriptions: MemorySubscription[] = [];
  #next = 0;
  #lastPosition = 0;
  #delivering: NodeJS.Immediate | undefined;

  get ready(): number {
    return this.#ready.count;
  }

  get consumers(): number {
    return this.#subscriptions.length;
  }

  add(body: Buffer, traceparent?: string): void {
    this.#ready.append({ position: ++this.#lastPosition, body, traceparent, redelivered: false });
    this.deliverSoon();
  }

  giveBack(message: MemoryMessage): void {
    this.#ready.putBack({ ...message, redelivered: true });
    this.deliverSoon();
  }

  purge(): void {
    this.#ready.clear();
  }

  subscribe(options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): MemorySubscription {
    const subscription = new MemorySubscription(this, options.prefetch, onDelivery);
    this.#subscriptions.push(subscription);
    this.deliverSoon();
    return subscription;
  }

  unsubscribe(subscription: MemorySubscription): void {
    const index = this.#subscriptions.indexOf(subscription);
    if (index < 0) return;
    this.#subscriptions.splice(index, 1);
    if (index < this.#next) this.#next -= 1;
  }

  /** In a later turn, so that nobody is called back inside `publish`, and sockets and timers get theirs in between. */
  deliverSoon(): void {
    if (this.#delivering || this.#ready.count === 0 || !this.#subscriptions.some((each) => each.hasRoom)) return;
    this.#delivering = setImmediate(() => {
      this.#delivering = undefined;
      this.#deliver();
      this.deliverSoon();
    });
  }

  /** Only what is ready now: with handlers that settle and publish at once, a turn would never end. */
  #deliver(): void {
    for (let left = this.#ready.count; left > 0; left -= 1) {
      const subscription = this.#nextWithRoom();
      const message = subscription && this.#ready.take();
      if (!message) return;
      subscription.deliver(message);
    }
  }

  #nextWithRoom(): MemorySubscription | undefined {
    const all = this.#subscriptions;
    for (let tried = 0; tried < all.length; tried += 1) {
      const index = (this.#next + tried) % all.length;
      if (all[index]?.hasRoom) {
        this.#next = index + 1;
        return all[index];
      }
    }
    return undefined;
  }
}

export class MemorySubscription {
  readonly prefetch: number;
  readonly #queue: MemoryQueue;
  readonly #onDelivery: (delivery: Delivery) => void;
  readonly #held = new Set<MemoryDelivery>();

  constructor(queue: MemoryQueue, prefetch: number, onDelivery: (delivery: Delivery) => void) {
    this.#queue = queue;
    this.prefetch = prefetch;
    this.#onDelivery = onDelivery;
  }

  get hasRoom(): boolean {
    return this.#held.size < this.prefetch;
  }

  get holdsNothing(): boolean {
    return this.#held.size === 0;
  }

  deliver(message: MemoryMessage): void {
    const delivery = new MemoryDelivery(this, message);
    this.#held.add(delivery);
    this.#onDelivery(delivery);
  }

  /** False when it was settled before. */
  settle(delivery: MemoryDelivery): boolean {
    const wasHeld = this.#held.delete(delivery);
    if (wasHeld) this.#queue.deliverSoon();
    return wasHeld;
  }

  giveBack(message: MemoryMessage): void {
    this.#queue.giveBack(message);
  }

  giveBackAll(): void {
    for (const delivery of [...this.#held]) delivery.requeue();
  }
}

class MemoryDelivery implements Delivery {
  readonly #subscription: MemorySubscription;
  readonly #message: MemoryMessage;

  constructor(subscription: MemorySubscription, message: MemoryMessage) {
    this.#subscription = subscription;
    this.#message = message;
  }

  get body(): Buffer {
    return this.#message.body;
  }

  get redelivered(): boolean {
    return this.#message.redelivered;
  }

  get traceparent(): string | undefined {
    return this.#message.traceparent;
  }

  ack(): void {
    this.#subscription.settle(this);
  }

  requeue(): void {
    if (this.#subscription.settle(this)) this.#subscription.giveBack(this.#message);
  }
}

export interface MemoryMessage {
  position: number;
  body: Buffer;
  traceparent: string | undefined;
  redelivered: boolean;
}

/** In the order of their positions. Taking moves an index: shifting an array of a long backlog costs its length. */
class ReadyMessages {
  /** Given back, highest position first: the next to take is the last. */
  #returned: MemoryMessage[] = [];
  #appended: (MemoryMessage | undefined)[] = [];
  #taken = 0;

  get count(): number {
    return this.#returned.length + this.#appended.length - this.#taken;
  }

  append(message: MemoryMessage): void {
    this.#appended.push(message);
  }

  putBack(message: MemoryMessage): void {
    let index = this.#returned.length;
    while (index > 0 && (this.#returned[index - 1]?.position ?? 0) < message.position) index -= 1;
    this.#returned.splice(index, 0, message);
  }

  take(): MemoryMessage | undefined {
    const returned = this.#returned.pop();
    if (returned) return returned;
    const message = this.#appended[this.#taken];
    if (!message) return undefined;
    this.#appended[this.#taken] = undefined;
    this.#taken += 1;
    if (this.#taken > COMPACT_AT && this.#taken * 2 > this.#appended.length) {
      this.#appended = this.#appended.slice(this.#taken);
      this.#taken = 0;
    }
    return message;
  }

  clear(): void {
    this.#returned = [];
    this.#appended = [];
    this.#taken = 0;
  }
}

const COMPACT_AT = 1_024;
