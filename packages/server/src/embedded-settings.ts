import type { Settings, Values } from '@cloudtask/core/config';
import { brokerUrl, databaseUrl, plaintextHosts, sharedSettings, signalsUrl } from '@cloudtask/core/shared-settings';
import { workerSettings } from '@cloudtask/worker';
import { jobServiceSettings, jwtSecret, schedulerSettings } from './settings.ts';

const { default: _noServer, ...anyDatabase } = databaseUrl;
const { default: _notPublic, ...ownSecret } = jwtSecret;

/** The settings of all four services, with defaults that need no server. */
export const embeddedSettings = {
  ...sharedSettings,
  ...workerSettings,
  ...jobServiceSettings,
  ...schedulerSettings,
  host: { ...jobServiceSettings.host, default: '127.0.0.1' },
  dataDir: { ...workerSettings.dataDir, describe: 'Where everything is kept: database, mails, the key of the tokens.' },
  databaseUrl: {
    ...anyDatabase,
    describe: 'A PostgreSQL server, for full durability; without it PGlite in the data directory.',
    optional: true,
  },
  brokerUrl: { ...brokerUrl, default: 'memory:' },
  signalsUrl: { ...signalsUrl, default: 'memory:' },
  jwtSecret: { ...ownSecret, describe: 'Signs access tokens; without it a key in the data directory.', optional: true },
} satisfies Settings;

/** Those that name the database. */
export const ownDatabase = {
  databaseUrl: embeddedSettings.databaseUrl,
  dataDir: embeddedSettings.dataDir,
  plaintextHosts,
} satisfies Settings;

/** The database that embedded works on. */
export function databaseUrlOf({ databaseUrl, dataDir }: Values<typeof ownDatabase>): string {
  return databaseUrl ?? `pglite:${dataDir}`;
}
