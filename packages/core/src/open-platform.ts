import type { Broker } from './broker/broker.ts';
import { openBroker } from './broker/open-broker.ts';
import { type DatabaseClock, databaseClock } from './clock.ts';
import type { Values } from './config.ts';
import type { Database } from './database/database.ts';
import { migrate, pendingMigrations } from './database/migrate.ts';
import { openDatabase } from './database/open-database.ts';
import type { Logger } from './logger.ts';
import { createRegistry, type Registry } from './metrics.ts';
import { platformMetrics } from './platform-metrics.ts';
import type { sharedSettings } from './shared-settings.ts';
import { openSignals } from './signals/open-signals.ts';
import type { Signals } from './signals/signals.ts';

/** What every service stands on, chosen by URL scheme alone. */
export interface Platform {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: DatabaseClock;
  registry: Registry;
  logger: Logger;
  /** Closes everything it opened, the database last. */
  close(): Promise<void>;
}

export interface OpenPlatform {
  /** Which service asks; the stores show it as the name of the connection. */
  service: string;
  logger: Logger;
}

export async function openPlatform(
  values: Values<typeof sharedSettings>,
  { service, logger }: OpenPlatform,
): Promise<Platform> {
  const stop = new AbortController();
  const name = `cloudtask-${service}`;
  const database = await openDatabase({
    url: values.databaseUrl,
    applicationName: name,
    maxConnections: values.databaseConnections,
    logger,
  });
  try {
    await prepareSchema(database, values.environment, logger);
    const broker = await openBroker({
      url: values.brokerUrl,
      connectionName: name,
      queueType: values.queueType,
      prefix: values.queuePrefix,
      logger,
    });
    const signals = await openSignals({ url: values.signalsUrl, prefix: values.queuePrefix, logger });
    const clock = await databaseClock(database, stop.signal);
    const registry = createRegistry({ application: service });
    platformMetrics(registry, { database, broker, signals });
    return {
      database,
      broker,
      signals,
      clock,
      logger,
      registry,
      async close() {
        stop.abort();
        await Promise.all([broker.close(), signals.close()]);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Brings the tables up to date; answers what was applied. */
export async function migrateDatabase(
  { databaseUrl }: { databaseUrl: string },
  { service, logger }: OpenPlatform,
): Promise<string[]> {
  const database = await openDatabase({ url: databaseUrl, applicationName: `cloudtask-${service}`, logger });
  try {
    return (await migrate(database)).applied;
  } finally {
    await database.close();
  }
}

/**
 * In development every service brings the tables up to date when it starts. In production that is a step of its own:
 * a rolling deploy must not change tables under the old version by accident.
 */
async function prepareSchema(database: Database, environment: string, logger: Logger): Promise<void> {
  if (environment !== 'production') {
    const { applied } = await migrate(database);
    if (applied.length > 0) logger.info({ applied }, 'database brought up to date');
    return;
  }
  const pending = await pendingMigrations(database);
  if (pending.length > 0) {
    throw new Error(
      `the database lacks ${pending.length} migration(s): ${pending.map(({ name }) => name).join(', ')}. Run "npm run migrate" once, with the same CLOUDTASK_DATABASE_URL, then start again`,
    );
  }
}
