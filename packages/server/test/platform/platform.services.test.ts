import { randomUUID } from 'node:crypto';
import { afterAll } from 'vitest';
import { createDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { deleteQueues } from '../job-service/delete-queues.ts';
import { openServices } from './open-services.ts';
import { platformConformance } from './platform.conformance.ts';

describeServices('a single node', ['postgres'], (urls) => {
  let drop = async () => {};
  afterAll(() => drop());

  platformConformance('PostgreSQL', async () => {
    const database = await createDatabase(urls.postgres);
    drop = database.drop;
    return await openServices({ databaseUrl: database.url, brokerUrl: 'memory:', signalsUrl: 'memory:' });
  });
});

describeServices('distributed', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const prefix = `test.${randomUUID()}.`;
  let drop = async () => {};
  afterAll(async () => {
    await deleteQueues(urls.rabbitmq, prefix);
    await drop();
  });

  platformConformance('PostgreSQL, RabbitMQ and Redis', async () => {
    const database = await createDatabase(urls.postgres);
    drop = database.drop;
    return await openServices({
      databaseUrl: database.url,
      brokerUrl: urls.rabbitmq,
      signalsUrl: urls.redis,
      prefix,
    });
  });
});
