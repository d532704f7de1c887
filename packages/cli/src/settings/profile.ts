import { isDeepStrictEqual } from 'node:util';
import type { FoundServer } from '@cloudtask/sdk/node/find-settings';
import {
  configFolder,
  type Profile,
  readProfiles,
  type SessionStore,
  writeProfiles,
} from '@cloudtask/sdk/node/profiles';
import { closest } from '../closest.ts';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';

export function folderOf({ env, home }: Pick<Surroundings, 'env' | 'home'>): string {
  return configFolder(env, home);
}

/** The profile that the server comes from; null: it was named by its address, or is `cloudtask dev`. */
export function usedProfile({ origin, profile }: Pick<FoundServer, 'origin' | 'profile'>): string | null {
  return origin === 'profile' ? profile : null;
}

/** Remembers what is said of a profile, beside what is known; the first profile is the one that is meant from then on. */
export async function rememberProfile(
  folder: string,
  name: string,
  { url, production, store }: { url: string; production?: boolean | undefined; store?: SessionStore | undefined },
): Promise<void> {
  const { profile = name, profiles } = readProfiles(folder);
  const known = profiles[name];
  const wanted: Profile = {
    ...known,
    url,
    ...(production !== undefined && { production }),
    ...storeText(store, known),
  };
  if (known && isDeepStrictEqual(known, wanted)) return;
  await writeProfiles(folder, { profile, profiles: { ...profiles, [name]: wanted } });
}

/** The usual one needs no word in the file, until it takes the place of another. */
function storeText(store: SessionStore | undefined, known: Profile | undefined): { store?: SessionStore } {
  if (store === undefined || (store === 'file' && known?.store === undefined)) return {};
  return { store };
}

/** A profile that is named and does not exist would mean this machine, silently. */
export function refuseUnknownProfile(name: string | undefined, surroundings: Pick<Surroundings, 'env' | 'home'>): void {
  if (name === undefined) return;
  const { profiles } = readProfiles(folderOf(surroundings));
  if (Object.hasOwn(profiles, name)) return;
  throw unknownProfile(name, Object.keys(profiles));
}

export function unknownProfile(name: string, known: readonly string[]): CliError {
  const meant = closest(name, known);
  return new CliError(`there is no profile ${name}`, {
    code: 'PROFILE_NOT_FOUND',
    exit: EXIT.notFound,
    ...(known.length > 0 && { why: meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${meant}?` }),
    tryThis: 'cloudtask profile list',
  });
}
