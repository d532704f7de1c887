import { CloudTaskError } from '@cloudtask/sdk';
import { profileSlot } from '@cloudtask/sdk/node/profile-slot';
import type { SessionStore } from '@cloudtask/sdk/node/profiles';
import type { StoredSession } from '@cloudtask/sdk/node/session-slot';
import { rememberProfile } from '../settings/profile.ts';
import { credentialsOf, refuseUnusable, storeOf } from './credentials.ts';

/** Keeps a session in a store and remembers which; what an earlier store has of the profile is removed, or `left`. */
export async function keepIn(
  folder: string,
  { profile, stored, store }: { profile: string; stored: StoredSession; store: SessionStore },
): Promise<{ path: string; left: Error | null }> {
  const earlier = credentialsOf(folder, profile);
  const isMoved = storeOf(folder, profile) !== store;
  const slot = profileSlot(folder, profile, store);
  // Written first: what fails here leaves all as it was.
  await slot.write(stored);
  await rememberProfile(folder, profile, { url: stored.url, store });
  return { path: slot.path, left: isMoved ? await failureOf(earlier.clear()) : null };
}

/** Whoever leaves a keyring may do so because it cannot be used any more. */
async function failureOf(work: Promise<void>): Promise<Error | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof CloudTaskError)) throw error;
    return error;
  }
}

/** What is kept of a profile goes into another store; there may be nothing yet. Throws when that one cannot be used. */
export async function moveSession(folder: string, profile: string, store: SessionStore): Promise<void> {
  refuseUnusable(folder, profile, store);
  const stored = storeOf(folder, profile) === store ? undefined : credentialsOf(folder, profile).read();
  if (stored) await keepIn(folder, { profile, stored, store });
}
