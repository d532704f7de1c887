import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { connect } from 'amqplib';
import { eventually } from './eventually.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type Guarded, spawnGuarded } from './guarded-process.ts';
import { ownFolder } from './own-folder.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';

// Debian's command in PATH is a wrapper that changes user and folder.
const realScripts = ['/usr/lib/rabbitmq/bin/rabbitmq-server'];

/** A private RabbitMQ node with guest/guest. `settings` are lines of rabbitmq.conf. */
export async function startOwnRabbitmq(settings: Record<string, string | number> = {}): Promise<OwnServer> {
  const command = findRealScript();
  const epmd = findBinary('epmd', ['/usr/lib/erlang/erts-*/bin', '/opt/homebrew/lib/erlang/erts-*/bin']);
  const folder = await ownFolder('rabbitmq');
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const nameServer = await startNameServer(epmd, epmdPort);
  return startOwnServer({
    name: 'RabbitMQ',
    url,
    command,
    args: [],
    env: environment(command, folder, distPort, epmdPort),
    stopSignal: 'SIGTERM',
    prepare: () => writeConfiguration(folder, { 'listeners.tcp.local': `127.0.0.1:${port}`, ...settings }),
    erase: () => rm(join(folder, 'mnesia'), { recursive: true, force: true }),
    answers: () => answersRabbitmq(url),
    async cleanUp() {
      await nameServer.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  });
}

export async function answersRabbitmq(url: string): Promise<boolean> {
  const connection = await connect(url, { timeout: 5000 });
  connection.on('error', () => {});
  await connection.close();
  return true;
}

function findRealScript(): string {
  for (const place of realScripts) if (existsSync(place)) return place;
  return findBinary('rabbitmq-server', ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']);
}

function environment(command: string, folder: string, distPort: number, epmdPort: number): NodeJS.ProcessEnv {
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `cloudtask-test-${distPort}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_BASE: folder,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none.config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // The script then becomes the Erlang machine, so that a signal reaches it and not a shell in front of it.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `+S 2:2 -start_epmd false ${codePaths(command)}`,
  };
}

/**
 * RabbitMQ loads about a thousand modules and looks for each in some eighty folders; with the folders of its core first, a
 * start takes 9 s instead of 15 s here.
 */
function codePaths(command: string): string {
  const plugins = join(dirname(realpathSync(command)), '..', 'plugins');
  const core = /^(rabbit|rabbit_common|rabbitmq_prelaunch|ra|osiris|ranch)-/;
  if (!existsSync(plugins)) return '';
  const folders = readdirSync(plugins).filter((name) => core.test(name));
  return folders.map((name) => `-pa ${join(plugins, name, 'ebin')}`).join(' ');
}

async function writeConfiguration(folder: string, settings: Record<string, string | number>): Promise<void> {
  const all = {
    'loopback_users.guest': 'true',
    'disk_free_limit.absolute': '50MB',
    'log.console.level': 'warning',
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
  await mkdir(join(folder, 'log'), { recursive: true });
  await writeFile(join(folder, 'rabbitmq.conf'), lines.join(''));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
}

/** Erlang nodes find each other through epmd; with the machine's shared one a test would leave a daemon behind. */
async function startNameServer(epmd: string, port: number): Promise<Guarded> {
  const nameServer = spawnGuarded({ command: epmd, args: ['-port', String(port), '-address', '127.0.0.1'] });
  await eventually(() => canConnect(port), { describe: `epmd on port ${port}` });
  return nameServer;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
