import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Who works on a data directory just now. */
export interface Holder {
  pid: number;
  host: string;
  /** ISO 8601. */
  since: string;
  /** Where its API answers, once it does. */
  url?: string;
}

export interface DirectoryLock {
  close(): void;
}

export class DirectoryInUse extends Error {
  readonly code = 'DIRECTORY_IN_USE';
  override readonly name = 'DirectoryInUse';
  readonly holder: Holder | undefined;

  constructor(directory: string, holder: Holder | undefined, options?: ErrorOptions) {
    super(
      `the data directory ${directory} is in use by ${describe(holder)}. Stop that process, use another --data-dir, ` +
        'or set CLOUDTASK_DATABASE_URL to a PostgreSQL database, which several processes can share',
      options,
    );
    this.holder = holder;
  }
}

/**
 * Makes this process the only one that works on a data directory, until `close` or its death, or throws `DirectoryInUse`.
 *
 * PGlite itself takes no lock: of two processes on one directory each loses what the other wrote, without any error.
 * The lock is one of the operating system, which frees it however the process ends. A file with a pid and a timer would
 * not do: a holder that is merely stopped for a while would lose its directory and go on writing to it afterwards.
 * SQLite is here because Node has no file locks of its own.
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = takeLock(directory);
  writeHolder(directory, { pid: process.pid, host: hostname(), since: new Date().toISOString() });
  return {
    close() {
      if (!held.delete(lock)) return;
      rmSync(holderFile(directory), { force: true });
      lock.close();
    },
  };
}

/** Adds to the holder's entry what it learned later. Only for the process that holds the lock. */
export function describeHolder(directory: string, details: { url: string }): void {
  const holder = readHolder(directory);
  if (holder?.pid === process.pid) writeHolder(directory, { ...holder, ...details });
}

/** The last process that took the lock. It may have been killed since: only `lockDirectory` knows. */
export function readHolder(directory: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(holderFile(directory), 'utf8'));
  } catch {
    return undefined; // nobody yet, or between taking the lock and writing the name
  }
}

function takeLock(directory: string): DatabaseSync {
  // Never open this file in any other way: closing any descriptor of it would free the lock (POSIX record locks belong
  // to the process and the file). That is why the holder's name has a file of its own.
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(directory, '.lock'), { timeout: 0 });
    lock.exec('pragma journal_mode = memory; begin exclusive');
    held.add(lock);
    return lock;
  } catch (error) {
    lock?.close();
    if (isBusy(error)) throw new DirectoryInUse(directory, readHolder(directory), { cause: error });
    throw new Error(`cannot lock the data directory ${directory}`, { cause: error });
  }
}

/** Out of the garbage collector's reach: it would close a lock that its owner lost sight of, and let the next process in. */
const held = new Set<DatabaseSync>();

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

const SQLITE_BUSY = 5;

function writeHolder(directory: string, holder: Holder): void {
  const file = holderFile(directory);
  writeFileSync(`${file}.new`, `${JSON.stringify(holder)}\n`);
  renameSync(`${file}.new`, file); // a reader never sees half of it
}

function holderFile(directory: string): string {
  return join(directory, 'lock');
}

function describe(holder: Holder | undefined): string {
  if (!holder) return 'another process';
  const host = holder.host === hostname() ? '' : ` on ${holder.host}`;
  const url = holder.url ? `, ${holder.url}` : '';
  return `process ${holder.pid}${host} (since ${holder.since}${url})`;
}
