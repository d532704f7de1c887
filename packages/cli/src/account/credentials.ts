import { profileSlot } from '@cloudtask/sdk/node/profile-slot';
import { credentialsPath, readProfiles, SESSION_STORES, type SessionStore } from '@cloudtask/sdk/node/profiles';
import { readSessions, type SessionSlot, type StoredSession } from '@cloudtask/sdk/node/session-slot';
import { Flags } from '@oclif/core';

export const storeFlag = {
  store: Flags.option({
    description: 'where the session is kept (default: where it was, else a file)',
    options: SESSION_STORES,
  })(),
};

/** Where the session of a profile is kept. */
export function storeOf(folder: string, profile: string): SessionStore {
  return readProfiles(folder).profiles[profile]?.store ?? 'file';
}

export function credentialsOf(folder: string, profile: string): SessionSlot {
  return profileSlot(folder, profile, storeOf(folder, profile));
}

/** Throws when the keyring cannot be used: before anything is asked or sent. */
export function refuseUnusable(folder: string, profile: string, store: SessionStore): void {
  if (store === 'keyring') profileSlot(folder, profile, store).read();
}

/** The sessions that are kept, by profile, and where. Opens the keyring when a profile keeps its session there. */
export function keptSessions(folder: string): { profile: string; stored: StoredSession; store: SessionStore }[] {
  const inFile = Object.entries(readSessions(credentialsPath(folder)))
    .filter(([profile]) => storeOf(folder, profile) === 'file')
    .map(([profile, stored]) => ({ profile, stored, store: 'file' as const }));
  const inKeyring = Object.entries(readProfiles(folder).profiles).flatMap(([profile, { store }]) => {
    const stored = store === 'keyring' ? profileSlot(folder, profile, store).read() : undefined;
    return stored ? [{ profile, stored, store: 'keyring' as const }] : [];
  });
  return [...inFile, ...inKeyring];
}
