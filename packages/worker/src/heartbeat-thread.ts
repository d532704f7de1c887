// The thread that keeps a worker's lease while handlers keep the main thread busy, and ends the process when the main
// thread never comes back. It holds the session whose advisory lock shows that the process is alive.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import { holdSession, type Session } from '@cloudtask/core/database/postgres';
import { lockWorker } from '@cloudtask/core/protocol/worker-lock';
import { heartbeat } from '@cloudtask/core/protocol/workers';
import { HeartbeatLoop, type WorkerStats } from './heartbeat.ts';
import type { ThreadOptions, ToMain, ToThread } from './heartbeat-messages.ts';
import { MainThreadWatch, processNow } from './main-thread-watch.ts';

if (!parentPort) throw new Error('heartbeat-thread.ts is the code of a thread');
const port = parentPort;
const WATCH_MS = 500;
/** A main thread that was silent this long is blocked, not merely busy. */
const SILENCE_MS = 2_000;
const LOCK_AGAIN_MS = 500;

const { databaseUrl, workerId, stats: firstStats, watch: shared, endAfterMs } = workerData as ThreadOptions;

let stats: WorkerStats = firstStats;
const doneTokens: string[] = [...firstStats.doneTokens];
let session: Session | undefined;
let isLocked = false;
let isClosed = false;

const heartbeats = new HeartbeatLoop({
  workerId,
  readStats: () => ({ ...stats, doneTokens: doneTokens.splice(0) }),
  send: async (beat) => {
    const held = await openSession();
    return await heartbeat(held, beat);
  },
  onAnswer(wishes) {
    stats = { ...stats, isUrgent: false };
    tell({ kind: 'answer', wishes });
  },
  onLost: (why) => tell({ kind: 'lost', why }),
  logger: {
    warn: (fields, message) => tellLog('warn', fields, message),
    info: (fields, message) => tellLog('info', fields, message),
  },
});

/** Opened anew as soon as it is lost: without the lock this worker is taken for dead within a second. */
async function openSession(): Promise<Session> {
  if (isClosed) throw new DatabaseUnavailable('the heartbeats have ended');
  if (!session) {
    const opened = await holdSession(databaseUrl, {
      applicationName: 'cloudtask-worker-heartbeat',
      answerWithinMs: 5_000,
    });
    session = opened;
    isLocked = false;
    opened.onLost(() => {
      if (session !== opened) return;
      session = undefined;
      heartbeats.beatNow();
    });
  }
  if (!isLocked) {
    isLocked = await lockWorker(session, workerId);
    if (isLocked) tell({ kind: 'locked' });
    // The server has not noticed yet that the session before is gone; when it does, nobody holds the lock.
    else setTimeout(() => heartbeats.beatNow(), LOCK_AGAIN_MS);
  }
  return session;
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'stats':
      stats = message.stats;
      doneTokens.push(...message.stats.doneTokens);
      break;
    case 'beat':
      heartbeats.beatNow();
      break;
    case 'close':
      void close();
      break;
  }
});

async function close(): Promise<void> {
  isClosed = true;
  clearInterval(watching);
  await heartbeats.close();
  await session?.close().catch(() => {});
  port.close();
}

const main = new MainThreadWatch(shared);
let seenPulses = main.pulses;
let seenAt = processNow();
const watching = setInterval(endProcessThatHangs, WATCH_MS);

// Killed, not asked to stop: whatever blocks the main thread blocks its signal handlers too.
function endProcessThatHangs(): void {
  const now = processNow();
  if (main.pulses !== seenPulses) {
    seenPulses = main.pulses;
    seenAt = now;
    return;
  }
  if (endAfterMs === undefined || main.deadlineAt === 0 || now < main.deadlineAt + endAfterMs) return;
  if (now - seenAt < SILENCE_MS) return;
  const line = { level: 'error', workerId, blockedMs: Math.round(now - seenAt) };
  writeSync(2, `${JSON.stringify({ ...line, msg: 'a handler blocks this process past its deadline: ending it' })}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function tell(message: ToMain): void {
  port.postMessage(message);
}

function tellLog(level: 'warn' | 'info', { err, ...fields }: { err?: unknown } & object, message: string): void {
  const reason = err instanceof Error ? err.message : undefined;
  tell({ kind: 'log', level, fields: { ...fields, ...(reason === undefined ? {} : { reason }) }, message });
}
