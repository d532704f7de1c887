import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudTaskError } from '../errors.ts';
import { writePrivately } from './private-file.ts';

export const DEFAULT_PROFILE = 'default';

/** `config.json` of the CLI: which servers there are, and which one is meant when none is named. No secrets. */
export interface Profiles {
  profile?: string;
  profiles: Record<string, Profile>;
}

/** Where sessions can be kept: in `credentials.json`, or in the keyring of the system. */
export const SESSION_STORES = ['file', 'keyring'] as const;
export type SessionStore = (typeof SESSION_STORES)[number];

export interface Profile {
  url: string;
  /** Where its session is kept. Default: `file`. */
  store?: SessionStore;
  /** People depend on this server: the CLI asks once more before it destroys something there. */
  production?: boolean;
}

export type Environment = Record<string, string | undefined>;

/** `$CLOUDTASK_CONFIG_DIR`, else `$XDG_CONFIG_HOME/cloudtask`, else `~/.config/cloudtask`. */
export function configFolder(env: Environment, home: string): string {
  return env.CLOUDTASK_CONFIG_DIR || join(env.XDG_CONFIG_HOME || join(home, '.config'), 'cloudtask');
}

export function credentialsPath(folder: string): string {
  return join(folder, 'credentials.json');
}

export function readProfiles(folder: string): Profiles {
  const path = join(folder, 'config.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return { profiles: {} };
    throw error;
  }
  const { profile, profiles } = parsed(text, path);
  for (const [name, each] of Object.entries(profiles)) refuseWithoutUrl(name, each, path);
  return profile === undefined ? { profiles } : { profile, profiles };
}

function parsed(text: string, path: string): Profiles {
  try {
    const { profile, profiles = {} } = JSON.parse(text) as Partial<Profiles>;
    return { ...(profile !== undefined && { profile }), profiles: { ...profiles } };
  } catch (cause) {
    throw new CloudTaskError(`${path} is not JSON`, { code: 'CONFIG_DAMAGED', cause });
  }
}

/** Without its address a profile would mean this machine. */
function refuseWithoutUrl(name: string, profile: Partial<Profile> | null, path: string): void {
  if (typeof profile?.url === 'string') return;
  throw new CloudTaskError(
    `profile ${JSON.stringify(name)} in ${path} has no url: write one there, or take the profile out`,
    { code: 'CONFIG_DAMAGED' },
  );
}

export async function writeProfiles(folder: string, profiles: Profiles): Promise<void> {
  await writePrivately(join(folder, 'config.json'), `${JSON.stringify(profiles, null, 2)}\n`);
}
