import { ENVIRONMENT, type Setting, type Settings } from './config.ts';
import { unsafeServer } from './production-rules.ts';
import { integer, list, matching, oneOf, text, url } from './settings-parsers.ts';

// What more than one service has. A service that starts without them, embedded, changes only the default:
// `{ ...databaseUrl, default: 'pglite:.cloudtask/db' }`.

export const environment = {
  env: ENVIRONMENT,
  flag: 'env',
  describe: 'In production the services refuse to start with weak secrets, open servers and plain-text connections.',
  parse: oneOf('development', 'production'),
  default: 'development',
} satisfies Setting<string>;

export const logLevel = {
  env: 'CLOUDTASK_LOG_LEVEL',
  flag: 'log-level',
  describe: 'The least important lines that are logged.',
  parse: oneOf('debug', 'info', 'warn', 'error'),
  default: 'info',
} satisfies Setting<string>;

export const logFormat = {
  env: 'CLOUDTASK_LOG_FORMAT',
  flag: 'log-format',
  describe: 'How lines are written to standard error; auto is pretty on a terminal and JSON elsewhere.',
  parse: oneOf('auto', 'pretty', 'json'),
  default: 'auto',
} satisfies Setting<string>;

export const databaseUrl = {
  env: 'CLOUDTASK_DATABASE_URL',
  flag: 'database-url',
  describe: 'Where jobs and accounts are stored: a PostgreSQL server, or pglite: and a directory.',
  parse: url('postgres://', 'postgresql://', 'pglite:'),
  default: 'postgres://postgres@127.0.0.1:5432/cloudtask',
  secret: true,
  inProduction: safeServer,
} satisfies Setting<string>;

export const databaseConnections = {
  env: 'CLOUDTASK_DATABASE_CONNECTIONS',
  flag: 'database-connections',
  describe: 'The most connections to PostgreSQL of this process.',
  parse: integer({ min: 1, max: 100 }),
  default: '4',
} satisfies Setting<number>;

export const brokerUrl = {
  env: 'CLOUDTASK_BROKER_URL',
  flag: 'broker-url',
  describe: 'What carries hints and reports between services: RabbitMQ, or memory: within one process.',
  parse: url('amqp://', 'amqps://', 'memory:'),
  default: 'amqp://guest:guest@127.0.0.1:5672',
  secret: true,
  inProduction: safeServer,
} satisfies Setting<string>;

export const signalsUrl = {
  env: 'CLOUDTASK_SIGNALS_URL',
  flag: 'signals-url',
  describe: 'What tells other processes at once that a job changed: Redis, or memory: within one process.',
  parse: url('redis://', 'rediss://', 'memory:'),
  default: 'redis://127.0.0.1:6379',
  secret: true,
  inProduction: safeServer,
} satisfies Setting<string>;

export const plaintextHosts = {
  env: 'CLOUDTASK_PLAINTEXT_HOSTS',
  flag: 'plaintext-hosts',
  describe: 'Servers that may be reached without TLS in production, because the network to them is trusted.',
  parse: list,
  default: '',
} satisfies Setting<string[]>;

export const queueType = {
  env: 'CLOUDTASK_QUEUE_TYPE',
  flag: 'queue-type',
  describe: 'Type of the RabbitMQ queues; quorum for clusters. Changing it later needs a migration of the queues.',
  parse: oneOf('classic', 'quorum'),
  default: 'classic',
} satisfies Setting<string>;

export const queuePrefix = {
  env: 'CLOUDTASK_QUEUE_PREFIX',
  flag: 'queue-prefix',
  describe: 'Put before the names of queues and exchanges, so that several installations can share a RabbitMQ.',
  parse: matching(/^[\w.-]{0,64}$/, 'at most 64 letters, digits and . _ -'),
  default: '',
} satisfies Setting<string>;

/** What every service has. */
export const sharedSettings = {
  databaseUrl,
  databaseConnections,
  brokerUrl,
  signalsUrl,
  queueType,
  queuePrefix,
  environment,
  plaintextHosts,
  logLevel,
  logFormat,
};

/** For services without an API. Each has its own port, so that all run on one machine with no further setting. */
export function probeSettings(port: number) {
  return {
    host: {
      env: 'CLOUDTASK_METRICS_HOST',
      flag: 'metrics-host',
      describe: 'The address on which metrics and health are served; 127.0.0.1 shows them to this machine only.',
      parse: text,
      default: '0.0.0.0',
    },
    port: {
      env: 'CLOUDTASK_METRICS_PORT',
      flag: 'metrics-port',
      describe: 'The port on which metrics and health are served; 0 takes a free one.',
      parse: integer({ min: 0, max: 65_535 }),
      default: String(port),
    },
  } satisfies Settings;
}

function safeServer(value: string, values: ReadonlyMap<string, unknown>): string | undefined {
  return unsafeServer(value, (values.get(plaintextHosts.env) as string[] | undefined) ?? []);
}
