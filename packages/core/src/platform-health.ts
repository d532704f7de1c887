import { ping } from './database/ping.ts';
import type { Component } from './health.ts';
import type { Platform } from './open-platform.ts';

/** Health of what a service stands on, under the names of the original. */
export function platformHealth({
  database,
  broker,
  signals,
}: Pick<Platform, 'database' | 'broker' | 'signals'>): Record<string, () => Promise<Component> | Component> {
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
