import { credentialsPath } from '@cloudtask/sdk/node/profiles';
import { readSessions, type SessionSlot, type StoredSession, sessionSlot } from '@cloudtask/sdk/node/session-slot';

/** Stores the session of a profile; returns where. */
export async function saveSession(folder: string, profile: string, stored: StoredSession): Promise<string> {
  const slot = credentialsOf(folder, profile);
  await slot.write(stored);
  return slot.path;
}

export function credentialsOf(folder: string, profile: string): SessionSlot {
  return sessionSlot(credentialsPath(folder), profile);
}

/** The profiles that have a session. */
export function signedInProfiles(folder: string): string[] {
  return Object.keys(readSessions(credentialsPath(folder)));
}
