import type { Logger } from '../logger.ts';
import { BrokerUnavailable, type PublishOptions } from './broker.ts';
import { KeptChannel } from './rabbitmq-channel.ts';
import {
  atMost,
  type ConfirmChannel,
  type RabbitMqConnection,
  type Message as ReturnedMessage,
} from './rabbitmq-connection.ts';
import type { Address, Topology } from './rabbitmq-topology.ts';

/**
 * Confirmed publishing, pipelined: any number of messages may be on their way.
 *
 * A confirm alone proves nothing about the queue: an unroutable message is returned *and* confirmed, the return first.
 */
export class Publisher {
  readonly #connection: RabbitMqConnection;
  readonly #topology: Topology;
  readonly #channel: KeptChannel<ConfirmChannel>;
  /** Without an answer yet, oldest first, by message id. */
  readonly #unconfirmed = new Map<string, Publication>();
  /** Behind a full write buffer. */
  #waiting: Publication[] = [];
  #isFull = false;
  /** Of all that the broker has not answered, also what timed out: this bounds the memory a silent broker costs. */
  #heldBytes = 0;
  #lastId = 0;
  #expiryTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(connection: RabbitMqConnection, topology: Topology, logger?: Logger) {
    this.#connection = connection;
    this.#topology = topology;
    this.#channel = new KeptChannel({
      connection,
      logger,
      purpose: 'publish',
      open: (live) => live.createConfirmChannel(),
      prepare: (channel) => this.#prepare(channel),
      lost: () => this.#lost(),
    });
  }

  /** Resolves when it can publish, or cannot for now. */
  async ready(): Promise<void> {
    await this.#channel.firstAttempt;
  }

  publish(queue: string, body: Buffer, { isKept = false, traceparent }: PublishOptions = {}): Promise<void> {
    const message = { address: this.#topology.address(queue), queue, body, isKept, traceparent };
    if (this.#topology.isDeclared(queue) || this.trouble) return this.#send(message);
    return this.#topology.declare(queue).then(() => this.#send(message));
  }

  /** To a queue that somebody else declared. */
  publishTo(address: Address, body: Buffer): Promise<void> {
    return this.#send({ address, queue: undefined, body, isKept: false, traceparent: undefined });
  }

  /** Why nothing can be published now. */
  get trouble(): string | undefined {
    if (this.#isClosed) return 'closed';
    const { blockedBecause } = this.#connection;
    if (blockedBecause !== undefined) return `blocked by the broker: ${blockedBecause}`;
    if (this.#heldBytes > MAX_HELD_BYTES) return 'too slow to confirm';
    return this.#channel.trouble;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#connection.blockedBecause === undefined) {
      await atMost(CLOSE_TIMEOUT_MS, Promise.allSettled([...this.#unconfirmed.values()].map((each) => each.answered)));
    }
    await this.#channel.close();
    this.#lost();
  }

  #send(message: Message): Promise<void> {
    const channel = this.#channel.current;
    const trouble = this.trouble;
    if (!channel || trouble) return Promise.reject(new BrokerUnavailable(`RabbitMQ: ${trouble}`));
    const publication = new Publication(String(++this.#lastId), message);
    this.#heldBytes += publication.bytes;
    this.#unconfirmed.set(publication.id, publication);
    this.#expiryTimer ??= setTimeout(() => this.#expire(), CONFIRM_TIMEOUT_MS);
    if (this.#isFull) this.#waiting.push(publication);
    else this.#write(channel, publication);
    return publication.answered;
  }

  #write(channel: ConfirmChannel, publication: Publication): void {
    const { id } = publication;
    const { address, body, isKept, traceparent } = publication.message;
    const headers = traceparent === undefined ? undefined : { traceparent };
    const options = { persistent: isKept, mandatory: true, messageId: id, headers };
    try {
      const hasRoom = channel.publish(address.exchange, address.queue, body, options, (error: Error | null) => {
        this.#answer(publication, error ?? undefined);
      });
      if (!hasRoom) this.#isFull = true;
    } catch (error) {
      // The channel ended in this very turn.
      this.#answer(publication, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #answer(publication: Publication, error: Error | undefined): void {
    this.#heldBytes -= publication.bytes;
    this.#unconfirmed.delete(publication.id);
    if (error) publication.fail(error.message, error);
    else if (publication.returnedBecause) publication.fail(`returned the message: ${publication.returnedBecause}`);
    else publication.succeed();
  }

  async #prepare(channel: ConfirmChannel): Promise<void> {
    // A wiped broker comes back without queues.
    this.#topology.forget();
    this.#isFull = false;
    channel.on('drain', () => this.#drain(channel));
    channel.on('return', (message) => this.#returned(message));
  }

  #drain(channel: ConfirmChannel): void {
    this.#isFull = false;
    const waiting = this.#waiting;
    let written = 0;
    while (!this.#isFull && written < waiting.length) {
      const publication = waiting[written++];
      if (publication && this.#unconfirmed.has(publication.id)) this.#write(channel, publication);
      else if (publication) this.#heldBytes -= publication.bytes;
    }
    this.#waiting = waiting.slice(written);
  }

  #returned(message: ReturnedMessage): void {
    const publication = this.#unconfirmed.get(String(message.properties.messageId));
    if (!publication) return;
    // Somebody deleted the queue or its binding.
    const { queue } = publication.message;
    if (queue !== undefined) this.#topology.forget(queue);
    publication.returnedBecause = 'no queue takes it';
  }

  /** What was written is answered by the channel itself. */
  #lost(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#isFull = false;
    for (const publication of waiting) this.#answer(publication, new Error('the channel was closed'));
    if (this.#unconfirmed.size > 0) return;
    clearTimeout(this.#expiryTimer);
    this.#expiryTimer = undefined;
  }

  /** One timer for all: they expire in the order in which they were sent. */
  #expire(): void {
    this.#expiryTimer = undefined;
    const sentBefore = performance.now() - CONFIRM_TIMEOUT_MS;
    for (const publication of this.#unconfirmed.values()) {
      if (publication.sentAt > sentBefore) {
        this.#expiryTimer = setTimeout(() => this.#expire(), Math.ceil(publication.sentAt - sentBefore));
        return;
      }
      this.#unconfirmed.delete(publication.id);
      publication.fail(`no confirm within ${CONFIRM_TIMEOUT_MS} ms`);
    }
  }
}

const CONFIRM_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** What a message costs besides its body: frames, properties, callbacks. An estimate. */
const OVERHEAD_BYTES = 512;

interface Message {
  address: Address;
  /** The name to declare again when the message comes back. */
  queue: string | undefined;
  body: Buffer;
  isKept: boolean;
  traceparent: string | undefined;
}

class Publication {
  readonly id: string;
  readonly message: Message;
  readonly sentAt = performance.now();
  readonly answered: Promise<void>;
  returnedBecause: string | undefined;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(id: string, message: Message) {
    this.id = id;
    this.message = message;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get bytes(): number {
    return this.message.body.length + OVERHEAD_BYTES;
  }

  succeed(): void {
    this.#resolve();
  }

  fail(reason: string, cause?: Error): void {
    this.#reject(new BrokerUnavailable(`RabbitMQ: ${reason}`, { cause }));
  }
}
