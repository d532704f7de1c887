import type { Session } from '@cloudtask/sdk';
import { credentialsPath } from '@cloudtask/sdk/node/profiles';
import {
  readSessions,
  type SessionSlot,
  type StoredSession,
  sessionSlot,
  toStored,
} from '@cloudtask/sdk/node/session-slot';

/** Stores the session of a profile; returns what was stored, and where. */
export async function saveSession(
  folder: string,
  { profile, url, session }: { profile: string; url: string; session: Session },
): Promise<{ path: string; stored: StoredSession }> {
  const slot = credentialsOf(folder, profile);
  const stored = toStored(url, session);
  await slot.write(stored);
  return { path: slot.path, stored };
}

export function credentialsOf(folder: string, profile: string): SessionSlot {
  return sessionSlot(credentialsPath(folder), profile);
}

/** The profiles that have a session. */
export function signedInProfiles(folder: string): string[] {
  return Object.keys(readSessions(credentialsPath(folder)));
}
