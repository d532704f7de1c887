import { readProfiles } from '@cloudtask/sdk/node/profiles';

/** The profile that says that this server is production, however the server was named: by its profile, a flag or a variable. */
export function productionAt(folder: string, { url, profile }: { url: string; profile: string }): string | undefined {
  const { profiles } = readProfiles(folder);
  // Of two names for one server the one that was used is the one to show.
  const names = [profile, ...Object.keys(profiles)];
  return names.find((name) => profiles[name]?.production && isSameServer(profiles[name].url, url));
}

function isSameServer(one: string, other: string): boolean {
  return addressOf(one) === addressOf(other);
}

/** Without what means the same: case of the host, the usual port, a slash at the end, the names of this machine. */
function addressOf(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text;
  // A tunnel to production ends here, and is called by either name.
  if (LOOPBACK.test(url.hostname)) url.hostname = 'localhost';
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

const LOOPBACK = /^(127(\.\d+){3}|\[::1\])$/;
