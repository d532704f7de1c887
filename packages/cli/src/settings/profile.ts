import { configFolder, readProfiles, writeProfiles } from '@cloudtask/sdk/node/profiles';
import { closest } from '../closest.ts';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';

export function folderOf({ env, home }: Pick<Surroundings, 'env' | 'home'>): string {
  return configFolder(env, home);
}

/** Remembers the server of a profile; the first profile is the one that is meant from then on. */
export async function rememberServer(folder: string, name: string, url: string): Promise<void> {
  const { profile = name, profiles } = readProfiles(folder);
  if (profiles[name]?.url === url) return;
  await writeProfiles(folder, { profile, profiles: { ...profiles, [name]: { ...profiles[name], url } } });
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
