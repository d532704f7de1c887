import type { Broker } from './broker/broker.ts';
import type { Database } from './database/database.ts';
import { ping } from './database/ping.ts';
import type { Component } from './health.ts';
import type { Signals } from './signals/signals.ts';

export interface Stores {
  database: Database;
  broker: Pick<Broker, 'health'>;
  signals: Pick<Signals, 'health'>;
}

/** Health of what a service stands on, under the names of the original. */
export function platformHealth({
  database,
  broker,
  signals,
}: Stores): Record<string, () => Promise<Component> | Component> {
  return {
    db: async () => {
      await ping(database);
      return { status: 'UP' };
    },
    rabbit: () => (broker.health.up ? { status: 'UP' } : { status: 'DOWN', details: { reason: broker.health.detail } }),
    redis: () =>
      signals.health.up ? { status: 'UP' } : { status: 'DOWN', details: { reason: signals.health.detail } },
  };
}
