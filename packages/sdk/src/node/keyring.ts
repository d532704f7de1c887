import { createRequire } from 'node:module';
import { CloudTaskError } from '../errors.ts';

/** Optional: whoever wants the keyring installs it. It has binaries for each system, and most people need none. */
const PACKAGE = '@napi-rs/keyring';
const SERVICE = 'cloudtask';

/** Without this the package takes the keyring of the Linux kernel where there is no other: it is empty after a restart. */
const LASTING = { linux: { store: 'secret-service' } } as const;

/** The part of the package that is used. */
interface KeyringModule {
  Entry: new (
    service: string,
    account: string,
    options: { linux: { store: 'secret-service' } },
  ) => {
    getPassword(): string | null;
    setPassword(text: string): void;
    deletePassword(): boolean;
  };
}

/** One secret text in the keyring of the system: Secret Service, Keychain or Credential Manager. */
export interface KeyringEntry {
  /** Undefined: there is none. */
  read(): string | undefined;
  write(text: string): void;
  clear(): void;
}

/**
 * Nothing here falls back on a file: who asked for the keyring did not ask for that. Throws `KEYRING_PACKAGE_MISSING` or
 * `KEYRING_UNAVAILABLE` with each use, not when it is opened.
 */
export function keyringEntry(account: string): KeyringEntry {
  const open = () => new (loadKeyring().Entry)(SERVICE, account, LASTING);
  return {
    read: () => orUnavailable(() => open().getPassword() ?? undefined),
    write: (text) => orUnavailable(() => open().setPassword(text)),
    clear: () => orUnavailable(() => void open().deletePassword()),
  };
}

// From where this file is: the packages of the folder that a command runs in may be anybody's, and would be handed the session.
function loadKeyring(): KeyringModule {
  const require = createRequire(import.meta.url);
  try {
    return require(PACKAGE) as KeyringModule;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${PACKAGE}'`)) throw cause;
    throw new CloudTaskError(
      `the keyring is reached by ${PACKAGE}, which is not installed: npm install ${PACKAGE}, with -g where cloudtask is global`,
      { code: 'KEYRING_PACKAGE_MISSING', cause },
    );
  }
}

function orUnavailable<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CloudTaskError) throw cause;
    throw new CloudTaskError(`the keyring of this system cannot be used: ${(cause as Error).message}`, {
      code: 'KEYRING_UNAVAILABLE',
      cause,
    });
  }
}
