import { rm } from 'node:fs/promises';
import type { Session } from '../contract.ts';
import { CloudTaskError } from '../errors.ts';
import { type AccessToken, type AuthProvider, toAccess } from '../tokens.ts';
import { readPrivately, withFileLock, writePrivately } from './private-file.ts';

/** A session on disk. */
export interface StoredSession {
  /** The server that gave it; it is sent to no other. */
  url: string;
  user: { id: string; email: string };
  token: string;
  expiresAt: string;
  refreshToken: string;
  /** The process that the session lives with: `cloudtask dev`. */
  pid?: number;
}

/** One named session in a file of sessions. */
export interface SessionSlot {
  readonly path: string;
  readonly name: string;
  read(): StoredSession | undefined;
  write(session: StoredSession): Promise<void>;
  clear(): Promise<void>;
  /** No other process changes the file meanwhile. */
  exclusively<T>(work: (slot: SessionSlot) => Promise<T>): Promise<T>;
}

type Sessions = Record<string, StoredSession>;

export function sessionSlot(path: string, name: string): SessionSlot {
  const save = (sessions: Sessions) => writePrivately(path, `${JSON.stringify({ sessions }, null, 2)}\n`);
  const without = ({ [name]: _, ...rest }: Sessions) => rest;
  const unlocked: SessionSlot = {
    path,
    name,
    read: () => readSessions(path)[name],
    write: (session) => save({ ...readSessions(path), [name]: session }),
    async clear() {
      const rest = without(readSessions(path));
      if (Object.keys(rest).length > 0) await save(rest);
      else await rm(path, { force: true });
    },
    exclusively: (work) => work(unlocked),
  };
  return {
    ...unlocked,
    write: (session) => withFileLock(path, () => unlocked.write(session)),
    clear: () => withFileLock(path, () => unlocked.clear()),
    exclusively: (work) => withFileLock(path, () => work(unlocked)),
  };
}

/** All sessions of a file. */
export function readSessions(path: string): Sessions {
  const text = readPrivately(path);
  if (text === undefined) return {};
  try {
    return (JSON.parse(text) as { sessions?: Sessions }).sessions ?? {};
  } catch (cause) {
    throw new CloudTaskError(`${path} is not readable; remove it and sign in again`, {
      code: 'CREDENTIALS_DAMAGED',
      cause,
    });
  }
}

export function toStored(url: string, session: Session): StoredSession {
  const { token, expiresAt } = toAccess(session);
  const { id, email } = session.user;
  return { url, user: { id, email }, token, expiresAt: expiresAt.toISOString(), refreshToken: session.refreshToken };
}

/** Tokens from a session on disk, kept alive there: every process that shares the file sees the renewed one. */
export function storedSessionAuth(slot: SessionSlot): AuthProvider {
  let given: string | undefined;
  const give = (stored: StoredSession): AccessToken => {
    given = stored.token;
    return { token: stored.token, expiresAt: new Date(stored.expiresAt) };
  };
  return {
    async getToken({ forceRefresh, refresh }) {
      const stored = slot.read();
      if (!stored) return null;
      // Somebody else renewed it: theirs is as good, and ours would end their session.
      if (!forceRefresh || stored.token !== given) return give(stored);
      return slot.exclusively(async (locked) => {
        const latest = locked.read();
        if (!latest) return null;
        if (latest.token !== stored.token) return give(latest);
        const renewed: StoredSession = { ...latest, ...toStored(latest.url, await refresh(latest.refreshToken)) };
        await locked.write(renewed);
        return give(renewed);
      });
    },
  };
}
