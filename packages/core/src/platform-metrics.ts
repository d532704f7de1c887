import { type HealthReport, healthOf } from './health.ts';
import { gauge, type Registry } from './metrics.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { platformHealth, type Stores } from './platform-health.ts';
import { readVersion } from './version.ts';

/**
 * Which version this is, and whether it reaches what it stands on: asked when somebody scrapes, because a value from
 * before the outage would be a lie. A database that does not answer within the limit of `healthOf` is away.
 */
export function platformMetrics(registry: Registry, stores: Stores): void {
  const ask = oneAtATime(healthOf(platformHealth(stores)));
  const components = { database: 'db', broker: 'rabbit', signals: 'redis' } as const;
  for (const [store, component] of Object.entries(components)) {
    gauge(registry, {
      name: `cloudtask_${store}_up`,
      help: `Whether this service reaches its ${store}: 1 yes, 0 no`,
      async collect() {
        this.set(isUp(await ask(), component));
      },
    });
  }
  gauge(registry, {
    name: 'cloudtask_build_info',
    help: 'Always 1; the label says which version runs',
    labelNames: ['version'],
  }).set({ version: readVersion() }, 1);
}

function isUp({ components }: HealthReport, name: string): number {
  return components[name]?.status === 'UP' ? 1 : 0;
}
