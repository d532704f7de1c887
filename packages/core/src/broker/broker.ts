/**
 * The port to the message broker. It carries hints and reports, never the truth: whatever it loses, repeats or
 * reorders, the database puts right. Adapters: `rabbitmq.ts` (`amqp://`), `memory.ts` (`memory:`).
 *
 * Queues spring into being, durable, the first time they are named. Bodies are opaque bytes.
 */
export interface Broker {
  /** What it is called in traces. */
  readonly system: 'rabbitmq' | 'memory';

  /**
   * Resolves when the broker has taken responsibility for the message *and* routed it to the queue.
   * Rejects with `BrokerUnavailable` when it is away, blocked, returned the message, or did not confirm within 5 s;
   * the message may then be there nevertheless. Nothing is buffered for later: the caller owes it.
   *
   * A broker that restarts may forget it, and `wasWiped` then says so: hints and reports are made good from the
   * database, and having the broker write each of them to its disk costs more than the rest of its work. `isKept` is for
   * messages that nobody could make again.
   */
  publish(queue: string, body: Buffer, options?: PublishOptions): Promise<void>;

  /**
   * Delivers messages until `close()`, across reconnects, closed channels and cancelled consumers. Resolves when the
   * broker has the consumer, or at once when the broker is away (it is subscribed when the broker comes back).
   * Rejects with `BrokerMisconfigured` when the queue cannot be had as it should be.
   *
   * `onDelivery` must not throw: a message whose `onDelivery` throws is dropped and logged, because no message may stop
   * a consumer and the database makes good what is lost. Each delivery is settled by `ack()` or `requeue()`; only the
   * first counts. Deliveries not settled come again (to anybody) after a crash or a lost connection; settling them
   * then is harmless.
   */
  consume(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): Promise<Consumer>;

  /**
   * Ready messages (not those being held) and subscribed consumers, of all processes; quorum queues count a paused
   * consumer too as long as it holds something. Rejects with `BrokerUnavailable`.
   */
  depth(queue: string): Promise<QueueDepth>;

  /** Removes all ready messages. For tests and operators. */
  purge(queue: string): Promise<void>;

  /**
   * True when what the broker held is gone (it was restarted, wiped, or is new): then all hints are owed again.
   * Asking plants a new mark, so that one wipe is reported once (to each asker, when several ask at the same moment).
   * Rejects with `BrokerUnavailable`.
   */
  wasWiped(): Promise<boolean>;

  readonly health: Health;
  /** Stops consuming and publishing; unsettled deliveries go back. Closing twice is fine. */
  close(): Promise<void>;
}

export interface PublishOptions {
  /** Stored by the broker: it is there after a restart. Default false. */
  isKept?: boolean;
  /** W3C trace context of the span that publishes it; travels as a header of this name. */
  traceparent?: string;
}

export interface ConsumeOptions {
  /** The most messages held unsettled at a time; what is held over a pause is not counted after it. */
  prefetch: number;
}

export interface Delivery {
  readonly body: Buffer;
  readonly redelivered: boolean;
  /** What it was published with. Whoever can publish may write anything here. */
  readonly traceparent?: string | undefined;
  /** The responsibility is durable elsewhere: forget the message. */
  ack(): void;
  /** Give it back to the queue. */
  requeue(): void;
}

export interface Consumer {
  /** Stops deliveries; what is held stays held until settled. A few may still come before it resolves, none after. */
  pause(): Promise<void>;
  resume(options?: ConsumeOptions): Promise<void>;
  /** True while the broker really has this consumer: readiness is built on it. False while paused. */
  readonly subscribed: boolean;
  /** Gives back what is held, and ends. */
  close(): Promise<void>;
}

export interface QueueDepth {
  ready: number;
  consumers: number;
}

export interface Health {
  readonly up: boolean;
  /** Why not, for people. */
  readonly detail?: string;
}

/** The broker cannot take or tell anything now. Expected: callers fall back on the database. */
export class BrokerUnavailable extends Error {
  readonly code = 'BROKER_UNAVAILABLE';
  override readonly name = 'BrokerUnavailable';
}

/** The broker has something of ours in a shape we cannot use. Nothing gets better by itself: the message names the step. */
export class BrokerMisconfigured extends Error {
  readonly code = 'BROKER_MISCONFIGURED';
  override readonly name = 'BrokerMisconfigured';
}
