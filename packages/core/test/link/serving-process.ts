// A process that serves platforms to its parent, each in a session of its own and new: what is opened is empty.

import { openMemoryBroker } from '../../src/broker/memory.ts';
import { databaseClock } from '../../src/clock.ts';
import { openPgliteInMemory } from '../../src/database/pglite.ts';
import { ping } from '../../src/database/ping.ts';
import { type IpcPeer, ipcChannel } from '../../src/link/link-channel.ts';
import { servePlatform } from '../../src/link/serve-platform.ts';
import { silentLogger } from '../../src/logger.ts';
import { openMemorySignals } from '../../src/signals/memory.ts';
import { type Needs, type SessionMessage, sessionChannel } from './session-channel.ts';

const channel = ipcChannel(process as IpcPeer);
// Each session listens for itself.
process.setMaxListeners(0);
const sessions = new Map<number, Awaited<ReturnType<typeof open>>>();

channel.onMessage((message) => {
  const { session, open: needs, close, sql } = message as SessionMessage;
  if (needs) void open(session, needs).then((opened) => sessions.set(session, opened));
  if (close) void sessions.get(session)?.served.close();
  if (sql !== undefined) void answer(session, sql);
});
process.on('disconnect', () => process.exit());

async function open(session: number, { database: needsDatabase }: Needs) {
  // A database takes its time, and most sessions need none.
  const database = needsDatabase ? await openPgliteInMemory() : ({ shared: false } as never);
  if (needsDatabase) await ping(database);
  const broker = openMemoryBroker();
  const clock = needsDatabase ? await databaseClock(database, new AbortController().signal) : STILL;
  const platform = { database, broker, clock, signals: openMemorySignals(), logger: silentLogger };
  const served = servePlatform(platform, sessionChannel(channel, session));
  channel.send({ session, opened: true });
  return { platform, served };
}

const STILL = { now: () => 0, measure: async () => {}, onMoved: () => () => {} };

/** What the database holds, seen from this side. */
async function answer(session: number, sql: string): Promise<void> {
  const { platform, served } = sessions.get(session) ?? {};
  await served?.closed;
  const rows = await platform?.database.query({ name: '', text: sql }, []);
  const depth = await platform?.broker.depth('jobs.created');
  channel.send({ session, rows, depth });
}
