import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { ownFolder, unprivileged } from './own-folder.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';

const run = promisify(execFile);
const places = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/local/pgsql/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
];

/** A private PostgreSQL; everyone on 127.0.0.1 is `postgres`. `settings` are those of postgresql.conf. */
export async function startOwnPostgres(settings: Record<string, string | number> = {}): Promise<OwnServer> {
  const command = findBinary('postgres', places);
  const initdb = findBinary('initdb', places);
  const identity = unprivileged();
  const folder = await ownFolder('postgres', identity);
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 200,
    // A killed process loses nothing that the kernel already has; only a power cut would.
    fsync: 'off',
    ...settings,
  };
  return startOwnServer({
    name: 'PostgreSQL',
    url,
    command,
    args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ...identity,
    // SIGINT is its fast shutdown: sessions are ended, SIGTERM would wait for them.
    stopSignal: 'SIGINT',
    prepare: async () => {
      const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
      await run(initdb, ['-D', data, ...options], { cwd: folder, ...identity });
    },
    // Killed, it leaves its sessions behind, which end when they notice: a moment in which nobody else gets the data.
    isTooEarly: (output) => /pre-existing shared memory block|lock file "postmaster\.pid" already exists/.test(output),
    erase: () => rm(data, { recursive: true, force: true }),
    answers: () => answersPostgres(url),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  });
}

/** True when one can log in there and create databases. */
export async function answersPostgres(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  // An error after the login (a server that stops) would otherwise end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ rolcreatedb: boolean }>(
      'select rolcreatedb or rolsuper as rolcreatedb from pg_roles where rolname = current_user',
    );
    return rows[0]?.rolcreatedb === true;
  } finally {
    await client.end().catch(() => {});
  }
}
