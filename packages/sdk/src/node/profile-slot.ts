import { CloudTaskError } from '../errors.ts';
import { keyringEntry } from './keyring.ts';
import { withFileLock } from './private-file.ts';
import { credentialsPath, type SessionStore } from './profiles.ts';
import { type SessionSlot, type StoredSession, sessionSlot } from './session-slot.ts';

/** Where the session of a profile is kept: in the file of all sessions, or in the keyring when the profile says so. */
export function profileSlot(folder: string, name: string, store: SessionStore = 'file'): SessionSlot {
  if (store === 'keyring') return keyringSlot(folder, name);
  if (store === 'file') return sessionSlot(credentialsPath(folder), name);
  return refuseUnknown(store, name);
}

/** A newer version knows more places. A file in its place would be what nobody asked for. */
function refuseUnknown(store: never, name: string): never {
  throw new CloudTaskError(
    `profile ${name} keeps its session in ${JSON.stringify(store)}, which this version does not know: use a newer one, or remove that word from config.json and sign in again`,
    { code: 'CONFIG_DAMAGED' },
  );
}

function keyringSlot(folder: string, name: string): SessionSlot {
  // Two configuration folders may have a profile of the same name.
  const account = `${name} in ${folder}`;
  const entry = keyringEntry(account);
  const unlocked: SessionSlot = {
    path: `keyring (cloudtask, ${account})`,
    name,
    read: () => parsed(entry.read(), account),
    write: async (session) => entry.write(JSON.stringify(session)),
    clear: async () => entry.clear(),
    exclusively: (work) => work(unlocked),
  };
  const locked = <T>(work: () => Promise<T>) => withFileLock(credentialsPath(folder), work);
  return {
    ...unlocked,
    write: (session) => locked(() => unlocked.write(session)),
    clear: () => locked(() => unlocked.clear()),
    exclusively: (work) => locked(() => work(unlocked)),
  };
}

function parsed(text: string | undefined, account: string): StoredSession | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as StoredSession;
  } catch (cause) {
    throw new CloudTaskError(`the entry ${account} of the keyring is not readable; remove it and sign in again`, {
      code: 'CREDENTIALS_DAMAGED',
      cause,
    });
  }
}
