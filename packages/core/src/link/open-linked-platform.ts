import { databaseClock } from '../clock.ts';
import { DatabaseUnavailable } from '../database/database.ts';
import { createRegistry } from '../metrics.ts';
import type { OpenPlatform, Platform } from '../open-platform.ts';
import { Link } from './link.ts';
import type { LinkChannel } from './link-channel.ts';
import type { LinkHello } from './link-messages.ts';
import { linkedBroker } from './linked-broker.ts';
import { linkedDatabase } from './linked-database.ts';
import { linkedSignals } from './linked-signals.ts';

/**
 * The platform of the process at the other end of the channel, where `servePlatform` serves it. It migrates nothing and
 * rescues nobody: that is for whoever holds the platform. Rejects with `DatabaseUnavailable` when nobody is there.
 *
 * When the channel breaks, every call rejects with `DatabaseUnavailable` or `BrokerUnavailable`, for good: there is no
 * way back to a process that has died.
 */
export async function openLinkedPlatform(channel: LinkChannel, { service, logger }: OpenPlatform): Promise<Platform> {
  const link = new Link(channel);
  const stop = new AbortController();
  const { shared, system } = await link.call<LinkHello>({ op: 'hello' }, (message) => new DatabaseUnavailable(message));
  const database = linkedDatabase(link, { shared });
  const broker = linkedBroker(link, { system, logger });
  const signals = linkedSignals(link, { logger });
  const clock = await databaseClock(database, stop.signal);
  // When it fails the next round measures it, within a minute.
  link.hear(({ kind }) => kind === 'clock-moved' && clock.measure().catch(() => {}));
  return {
    database,
    broker,
    signals,
    clock,
    logger,
    registry: createRegistry({ application: service, processMetrics: false }),
    async close() {
      stop.abort();
      await Promise.all([broker.close(), signals.close()]);
      await database.close();
    },
  };
}
