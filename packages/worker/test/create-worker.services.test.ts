import { migrate } from '@cloudtask/core/database/migrate';
import { openPostgres } from '@cloudtask/core/database/postgres';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../test/support/database.ts';
import { describeServices } from '../../../test/support/services.ts';
import { openTestRabbitMq } from '../../core/test/broker/test-rabbitmq.ts';
import { createWorker } from '../src/index.ts';
import { TestPlatform } from './support/test-platform.ts';

describeServices('a worker inside a program', ['postgres', 'rabbitmq'], (urls) => {
  it('runs the handlers it was given, and nothing else, until it is stopped', async () => {
    const database = await createDatabase(urls.postgres);
    const db = await openPostgres({ url: database.url, applicationName: 'worker-test' });
    await migrate(db);
    const { broker, prefix } = await openTestRabbitMq(urls.rabbitmq);
    const platform = new TestPlatform({ database: db, broker, signals: openMemorySignals() }, database.url);
    await platform.settleReports();

    const handlers = [defineHandler({ type: 'shout', run: (text) => `${text}!` })];
    const worker = createWorker({
      handlers,
      database: database.url,
      broker: urls.rabbitmq,
      queuePrefix: prefix,
      concurrency: 3,
    });
    await worker.start();
    const id = await platform.submit('shout', 'hey');
    expect((await platform.finished(id)).result).toBe('hey!');
    const read = () =>
      platform.query<{ slots: number; types: { type: string }[]; state: string }>(
        'select slots, types, state from cloudtask.workers',
      );
    expect(await read()).toMatchObject([{ slots: 3, types: [{ type: 'shout' }], state: 'live' }]);
    await worker.stop({ grace: '1s' });
    await worker.stop();
    expect(await read()).toMatchObject([{ state: 'stopped' }]);

    await platform.close();
    await database.drop();
  });
});
