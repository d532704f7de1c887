import type { CloudTask } from '@cloudtask/sdk';
import type { FoundSettings } from '@cloudtask/sdk/node/find-settings';
import { credentialsPath } from '@cloudtask/sdk/node/profiles';
import { folderOf } from '../settings/profile.ts';
import type { Surroundings } from '../surroundings.ts';
import { checkConfigFile } from './check-config-file.ts';
import { checkCredentials } from './check-credentials.ts';
import { checkNode } from './check-node.ts';
import { checkSdkCopies } from './check-sdk-copies.ts';
import { checkServer } from './check-server.ts';
import { checkSession } from './check-session.ts';
import { type Finding, finding } from './finding.ts';
import { makeRoundTrip } from './round-trip.ts';

/** Long enough for a busy platform; who waits longer has found something. */
const ROUND_TRIP_MS = 10_000;

/** What can be known without a server. */
export async function examineMachine(surroundings: Surroundings): Promise<Finding[]> {
  return [
    checkNode(process.versions.node),
    await checkConfigFile(surroundings),
    checkCredentials(credentialsPath(folderOf(surroundings))),
    await checkSdkCopies(surroundings.cwd),
  ];
}

/** The server, the session, and a job from one end to the other; each only when the one before allows it. */
export async function examineServer(
  ct: CloudTask,
  { settings, version }: { settings: FoundSettings; version: string },
): Promise<Finding[]> {
  const server = await checkServer(ct, version);
  if (server.some(({ id, level }) => id === 'server' && level === 'fail')) return server;
  const session = await checkSession(ct, settings);
  if (session.level !== 'ok') return [...server, session];
  return [...server, session, await makeRoundTrip(ct, { timeoutMs: ROUND_TRIP_MS })];
}

/** Settings that cannot be read say so; the server that they would name stays unknown. */
export function unreadable(error: unknown): Finding {
  return finding('settings', 'fail', (error as Error).message, 'cloudtask config path');
}
