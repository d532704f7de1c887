import { connect } from 'amqplib';

const QUEUES = [
  'jobs.created',
  'jobs.created.mail',
  'jobs.started',
  'jobs.completed',
  'jobs.quarantine',
  'cloudtask.epoch',
];

/** Removes what a prefix left on a RabbitMQ that others use too. */
export async function deleteQueues(url: string, prefix: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const queue of QUEUES) await channel.deleteQueue(`${prefix}${queue}`);
  for (const exchange of ['cloudtask.jobs', 'cloudtask.events']) await channel.deleteExchange(`${prefix}${exchange}`);
  await connection.close();
}
