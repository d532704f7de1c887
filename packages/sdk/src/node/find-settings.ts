import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { CloudTaskError } from '../errors.ts';
import type { Auth } from '../tokens.ts';
import { findDevSession } from './dev-session.ts';
import { profileSlot } from './profile-slot.ts';
import { configFolder, DEFAULT_PROFILE, type Environment, type Profile, readProfiles } from './profiles.ts';
import { type SessionSlot, storedSessionAuth } from './session-slot.ts';

export const WHICH_SERVER =
  'which server? Pass `url`, set CLOUDTASK_URL, sign in with `cloudtask login`, or run `cloudtask dev` in this project';

/** What is looked at. */
export interface Surroundings {
  env: Environment;
  cwd: string;
  home: string;
}

/** Which server, and by which name. */
export interface FoundServer {
  url?: string;
  /** Where the url comes from. */
  origin: 'given' | 'environment' | 'dev' | 'profile' | 'none';
  /** Where a login would be stored. */
  profile: string;
}

/** Which server, and as whom. */
export interface FoundSettings extends FoundServer {
  auth?: Auth;
  /** The session behind `auth`, when it is one on disk. */
  session?: SessionSlot;
  /** The token of the environment is behind `auth`. */
  usesToken: boolean;
}

interface Given {
  url?: string | undefined;
  profile?: string | undefined;
}

/** Given > environment > a `cloudtask dev` in this folder or above > the profile. A session goes only to the server that gave it. */
export function findSettings(
  given: Given = {},
  surroundings: Surroundings = { env: process.env, cwd: process.cwd(), home: homedir() },
): FoundSettings {
  const { dev, config, folder, server } = lookAround(given, surroundings);
  const { url, profile } = server;
  const token = tokenOf(surroundings.env);
  const found = { ...server, usesToken: token !== undefined };
  if (token !== undefined) return { ...found, auth: token };
  const kept = keptSession(folder, { name: profile, profile: config.profiles[profile], url });
  const session = [dev, kept].find((slot) => isFor(slot?.read()?.url, url));
  return session ? { ...found, session, auth: storedSessionAuth(session) } : found;
}

/** The same without the account: for those who sign in anew, also when what is kept cannot be read. */
export function findServer(given: Given, surroundings: Surroundings): FoundServer {
  return lookAround(given, surroundings).server;
}

function lookAround(given: Given, { env, cwd, home }: Surroundings) {
  const folder = configFolder(env, home);
  const config = readProfiles(folder);
  const named = given.profile ?? env.CLOUDTASK_PROFILE;
  const profile = named ?? config.profile ?? DEFAULT_PROFILE;
  const dev = named === undefined ? findDevSession(cwd) : undefined;
  const { url, origin } = firstUrl([
    ['given', given.url],
    // A profile that is named on the command line beats the environment's url.
    ['profile', given.profile === undefined ? undefined : config.profiles[given.profile]?.url],
    ['environment', env.CLOUDTASK_URL],
    ['dev', dev?.read()?.url],
    ['profile', config.profiles[profile]?.url],
  ]);
  const server: FoundServer = { ...(url !== undefined && { url }), origin, profile };
  return { folder, config, dev, server };
}

/** A keyring is opened only for the server of its profile: it may be locked, and ask. */
function keptSession(
  folder: string,
  { name, profile, url }: { name: string; profile: Profile | undefined; url: string | undefined },
): SessionSlot | undefined {
  const { store } = profile ?? {};
  return store === 'keyring' && !isFor(profile?.url, url) ? undefined : profileSlot(folder, name, store);
}

function firstUrl(candidates: [FoundSettings['origin'], string | undefined][]) {
  const [origin, url] = candidates.find(([, each]) => each) ?? ['none' as const, undefined];
  return { origin, url };
}

function isFor(sessionUrl: string | undefined, url: string | undefined): boolean {
  return sessionUrl !== undefined && url !== undefined && trimmed(sessionUrl) === trimmed(url);
}

const trimmed = (url: string) => url.replace(/\/+$/, '');

function tokenOf(env: Environment): string | undefined {
  if (env.CLOUDTASK_TOKEN) return env.CLOUDTASK_TOKEN;
  const path = env.CLOUDTASK_TOKEN_FILE;
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new CloudTaskError(`CLOUDTASK_TOKEN_FILE names ${path}, which cannot be read`, { code: 'NO_TOKEN', cause });
  }
}
