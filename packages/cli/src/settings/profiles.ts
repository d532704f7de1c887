import {
  credentialsPath,
  DEFAULT_PROFILE,
  type Profiles,
  readProfiles,
  writeProfiles,
} from '@cloudtask/sdk/node/profiles';
import { readSessions } from '@cloudtask/sdk/node/session-slot';
import { Args } from '@oclif/core';
import type { ProfileInfo } from '../views/profile-kind.ts';
import { unknownProfile } from './profile.ts';

export const profileArg = {
  profile: Args.string({ description: 'name of the profile', required: true, ignoreStdin: true }),
};

/** All profiles of a configuration folder, by name. */
export function listProfiles(folder: string): ProfileInfo[] {
  const { profile: current = DEFAULT_PROFILE, profiles } = readProfiles(folder);
  const sessions = readSessions(credentialsPath(folder));
  return Object.entries(profiles)
    .map(([name, { url, production = false, store = 'file' }]) => ({
      name,
      url,
      isCurrent: name === current,
      // A list of names is no reason to open a keyring, which may ask for its password.
      user: store === 'file' ? (sessions[name]?.user.email ?? null) : null,
      store,
      isProduction: Boolean(production),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function findProfile(folder: string, name: string): ProfileInfo {
  const known = listProfiles(folder);
  const found = known.find((each) => each.name === name);
  if (!found)
    throw unknownProfile(
      name,
      known.map((each) => each.name),
    );
  return found;
}

/** Changes the configuration file, whatever else is in it. */
export async function changeProfiles(folder: string, change: (profiles: Profiles) => Profiles): Promise<void> {
  await writeProfiles(folder, change(readProfiles(folder)));
}
