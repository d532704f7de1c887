import { configFolder, readProfiles, writeProfiles } from '@cloudtask/sdk/node/profiles';
import type { Surroundings } from './surroundings.ts';

export function folderOf({ env, home }: Pick<Surroundings, 'env' | 'home'>): string {
  return configFolder(env, home);
}

/** Remembers the server of a profile; the first profile is the one that is meant from then on. */
export async function rememberServer(folder: string, name: string, url: string): Promise<void> {
  const { profile = name, profiles } = readProfiles(folder);
  if (profiles[name]?.url === url) return;
  await writeProfiles(folder, { profile, profiles: { ...profiles, [name]: { ...profiles[name], url } } });
}
