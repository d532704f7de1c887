// What the two sides of a link say to each other: the linked side asks, the serving side answers and tells.
import type { ConsumeOptions, Health, PublishOptions } from '../broker/broker.ts';
import type { SignalChannel, SignalNote } from '../signals/signals.ts';
import type { LinkRefusal } from './link-refusal.ts';

/** Consumers are numbered by the linked side, transactions and deliveries by the serving side. */
export type LinkCall =
  | { op: 'hello' }
  | { op: 'query'; transaction: number | undefined; name: string; text: string; values: readonly unknown[] }
  | { op: 'script'; text: string }
  | { op: 'begin'; isForKysely: boolean }
  | { op: 'end'; transaction: number; how: 'commit' | 'rollback' }
  | { op: 'publish'; queue: string; body: Uint8Array; options: PublishOptions }
  | { op: 'consume'; consumer: number; queue: string; options: ConsumeOptions }
  | { op: 'pause'; consumer: number }
  | { op: 'resume'; consumer: number; options: ConsumeOptions | undefined }
  | { op: 'end-consumer'; consumer: number }
  | { op: 'depth'; queue: string }
  | { op: 'purge'; queue: string }
  | { op: 'was-wiped' }
  | { op: 'listen'; channel: SignalChannel }
  | { op: 'unlisten'; channel: SignalChannel };

/** Needs no answer. */
export type LinkTell =
  | { op: 'settle'; consumer: number; delivery: number; how: 'ack' | 'requeue' }
  | { op: 'ring'; channel: SignalChannel; notes: readonly SignalNote[] };

export type FromLinked = { id: number; call: LinkCall } | { tell: LinkTell };

export type FromServing =
  | { kind: 'answer'; id: number; answer: unknown }
  | { kind: 'refusal'; id: number; refusal: LinkRefusal }
  | ({ kind: 'delivery' } & LinkedMessage)
  | { kind: 'notes'; channel: SignalChannel; notes: readonly SignalNote[] }
  | ({ kind: 'state' } & LinkState)
  /** The time of the database was moved. */
  | { kind: 'clock-moved' };

export interface LinkedMessage {
  consumer: number;
  delivery: number;
  body: Uint8Array;
  redelivered: boolean;
  traceparent: string | undefined;
}

/** What the ports can be asked for without waiting; told when it changes. */
export interface LinkState {
  broker: Health;
  signals: Health;
  /** Consumers that the broker really has. */
  subscribed: readonly number[];
}

/** What stands behind the link. */
export interface LinkHello {
  shared: boolean;
  system: 'rabbitmq' | 'memory';
}
