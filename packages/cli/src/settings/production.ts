import { readProfiles } from '@cloudtask/sdk/node/profiles';

/** The profile that says that this server is production, however the server was named: by its profile, a flag or a variable. */
export function productionAt(folder: string, { url, profile }: { url: string; profile: string }): string | undefined {
  const { profiles } = readProfiles(folder);
  // Of two names for one server the one that was used is the one to show.
  const names = [profile, ...Object.keys(profiles)];
  return names.find((name) => profiles[name]?.production === true && isSameServer(profiles[name].url, url));
}

function isSameServer(one: string, other: string): boolean {
  return addressOf(one) === addressOf(other);
}

/** Without what means the same: case of the host, the usual port, a slash at the end. */
function addressOf(text: string): string {
  const url = URL.parse(text);
  return url === null ? text : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
