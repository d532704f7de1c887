import { afterEach, expect, it } from 'vitest';
import { openMemoryBroker } from '../src/broker/memory.ts';
import type { Database } from '../src/database/database.ts';
import { openPgliteInMemory } from '../src/database/pglite.ts';
import { createRegistry } from '../src/metrics.ts';
import { platformMetrics } from '../src/platform-metrics.ts';
import { openMemorySignals } from '../src/signals/memory.ts';
import { readVersion } from '../src/version.ts';

let database: Database | undefined;
afterEach(() => database?.close());

it('says at each scrape which of its stores a service reaches, and which version it is', async () => {
  database = await openPgliteInMemory();
  const registry = createRegistry({ application: 'test', processMetrics: false });
  platformMetrics(registry, { database, broker: openMemoryBroker(), signals: openMemorySignals() });
  const metrics = () => registry.metrics();

  expect(await metrics()).toContain('cloudtask_database_up{application="test"} 1\n');
  expect(await metrics()).toContain('cloudtask_broker_up{application="test"} 1\n');
  expect(await metrics()).toContain('cloudtask_signals_up{application="test"} 1\n');
  expect(await metrics()).toContain(`cloudtask_build_info{version="${readVersion()}",application="test"} 1\n`);

  await database.close();
  expect(await metrics()).toContain('cloudtask_database_up{application="test"} 0\n');
  expect(await metrics()).toContain('cloudtask_broker_up{application="test"} 1\n');
});
