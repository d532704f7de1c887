import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { registerWorker } from '@cloudtask/core/protocol/workers';
import { expect, it, vi } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { startHeartbeats } from '../src/heartbeat.ts';

it('an embedded worker whose thread was blocked for longer than a lease keeps its jobs: nobody else can take them', async () => {
  const database = await openDatabase({ url: 'pglite:memory', applicationName: 'test' });
  await migrate(database);
  const worker = { name: 'w', host: 'h', pid: 1, version: '0', queues: ['default'], types: [], slots: 1 };
  const workerId = await registerWorker(database, worker);
  const [onAnswer, onLost] = [vi.fn(), vi.fn()];
  const readStats = () => ({
    busy: 1,
    types: [],
    lastDeliveryAt: null,
    deafSince: null,
    doneTokens: [],
    isUrgent: false,
  });
  const heartbeats = startHeartbeats({ database, workerId, readStats, onAnswer, onLost, logger: silentLogger });
  await eventually(() => onAnswer.mock.calls.length > 0);

  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
  const answers = onAnswer.mock.calls.length;
  await eventually(() => onAnswer.mock.calls.length > answers);

  expect(onLost).not.toHaveBeenCalled();
  await heartbeats.close();
  await database.close();
});
