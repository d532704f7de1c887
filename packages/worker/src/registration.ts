import { hostname } from 'node:os';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { registerTypes, type TypeRegistration } from '@cloudtask/core/protocol/register-types';
import { registerWorker, type WorkerRegistration } from '@cloudtask/core/protocol/workers';
import { readVersion } from '@cloudtask/core/version';
import { type HeartbeatEvents, type Heartbeats, startHeartbeats, type WorkerStats } from './heartbeat.ts';
import { startHeartbeatThread } from './heartbeat-in-thread.ts';
import type { MainThreadWatch } from './main-thread-watch.ts';

export interface RegistrationOptions extends HeartbeatEvents {
  database: Database;
  /** Where the heartbeat thread finds the same database, when other processes can work on it. */
  databaseUrl: string | undefined;
  name: string | undefined;
  queues: readonly string[];
  /** Shared by the queues that have none of their own. */
  slots: number;
  /** Of each queue for itself; 0: it shares `slots`. */
  queueSlots: readonly number[];
  types: readonly TypeRegistration[];
  /** The registration that was lost before this one. */
  replaces: number | undefined;
  readStats(): WorkerStats;
  watch: MainThreadWatch;
  endProcessAfterMs: number | undefined;
  logger: Logger;
}

/** A worker as the database knows it: a row, kept alive by heartbeats. Lost is lost: after that another one is made. */
export interface Registration {
  readonly workerId: number;
  readonly heartbeats: Heartbeats;
}

export async function register(options: RegistrationOptions): Promise<Registration> {
  const { database, databaseUrl, watch, endProcessAfterMs, readStats, logger, onAnswer, onLost } = options;
  // First: a worker that is known must begin to send heartbeats.
  await registerTypes(database, options.types, readVersion());
  const workerId = await registerWorker(database, describeWorker(options));
  const common = { workerId, readStats, logger, onAnswer, onLost };
  if (!database.shared) return { workerId, heartbeats: startHeartbeats({ ...common, database }) };
  if (databaseUrl === undefined) {
    throw new Error('a worker on a shared database needs its URL: the heartbeat thread has a connection of its own');
  }
  const endAfterMs = endProcessAfterMs;
  return { workerId, heartbeats: await startHeartbeatThread({ ...common, databaseUrl, watch, endAfterMs }) };
}

function describeWorker({
  name,
  queues,
  slots,
  queueSlots,
  replaces,
  readStats,
}: RegistrationOptions): WorkerRegistration {
  const host = hostname();
  const { types } = readStats();
  return {
    name: name ?? `${host}:${process.pid}`,
    host,
    pid: process.pid,
    version: readVersion(),
    queues,
    types,
    slots,
    queueSlots,
    ...(replaces !== undefined && { replaces }),
  };
}
