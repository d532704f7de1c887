import { randomUUID } from 'node:crypto';
import { type Channel, connect } from 'amqplib';
import { onTestFinished } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { openRabbitMq, type RabbitMqOptions } from '../../src/broker/rabbitmq.ts';

/**
 * A broker with names of its own on a server that others use too; its queues and exchanges go with the test.
 * `options.url` may lead there through a proxy.
 */
export async function openTestRabbitMq(url: string, options: Partial<RabbitMqOptions> = {}): Promise<TestRabbitMq> {
  const prefix = options.prefix ?? `test-${randomUUID()}.`;
  const broker = await openRabbitMq({
    url,
    connectionName: 'cloudtask test',
    queueType: 'classic',
    ...options,
    prefix,
  });
  onTestFinished(async () => {
    await broker.close();
    await deleteAll(url, prefix);
  });
  return { broker, prefix };
}

export interface TestRabbitMq {
  broker: Broker;
  prefix: string;
}

export async function asOperator<T>(url: string, act: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  connection.on('error', () => {});
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    return await act(channel);
  } finally {
    await connection.close().catch(() => {});
  }
}

const queues = [
  'jobs.created',
  'jobs.created.mail',
  'jobs.started',
  'jobs.completed',
  'jobs.quarantine',
  'cloudtask.epoch',
];

async function deleteAll(url: string, prefix: string): Promise<void> {
  await asOperator(url, async (channel) => {
    for (const queue of queues) await channel.deleteQueue(`${prefix}${queue}`);
    for (const exchange of ['cloudtask.jobs', 'cloudtask.events']) await channel.deleteExchange(`${prefix}${exchange}`);
  }).catch(() => {
    // A server of the test's own may be down; it takes its queues with it.
  });
}
