// One set-up at a time: `npm start` and `npm test` begun together must not run two `npm ci` over each other.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const longestSetUpMs = 15 * 60_000;

/** Runs `work` while holding `<directory>/lock`, which names its holder by process id. Waits for a live holder. */
function withMutex(directory, say, work) {
  fs.mkdirSync(directory, { recursive: true });
  const lock = path.join(directory, 'lock');
  acquire(lock, say);
  try {
    return work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function acquire(lock, say) {
  // A file that already holds the pid is linked into place, so that nobody ever reads a lock without a holder.
  const mine = `${lock}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  const deadline = Date.now() + longestSetUpMs;
  let announced = false;
  try {
    while (!tryLink(mine, lock)) {
      if (Date.now() > deadline) throw new Error(`another set-up still holds ${lock}; delete that file if none runs`);
      if (removeIfDead(lock)) continue;
      if (!announced) say(`waiting for another set-up (process ${holderOf(lock)}) …`);
      announced = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function tryLink(mine, lock) {
  try {
    fs.linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Two waiters may see the same dead holder; only one at a time may look again and remove, else it removes its rival's lock. */
function removeIfDead(lock) {
  if (isAlive(holderOf(lock))) return false;
  const removing = `${lock}.removing`;
  try {
    fs.mkdirSync(removing);
  } catch {
    if (ageMs(removing) > 10_000) fs.rmSync(removing, { recursive: true, force: true });
    return false;
  }
  try {
    if (!isAlive(holderOf(lock))) fs.rmSync(lock, { force: true });
  } finally {
    fs.rmSync(removing, { recursive: true, force: true });
  }
  return true;
}

function holderOf(lock) {
  try {
    return Number(fs.readFileSync(lock, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ageMs(file) {
  try {
    return Date.now() - fs.statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

module.exports = { withMutex };
