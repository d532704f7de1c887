import { readFileSync } from 'node:fs';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  uid: number;
  gid: number;
}

export async function ownFolder(name: string, owner?: Identity): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cloudtask-test-${name}-`));
  if (owner) await chown(folder, owner.uid, owner.gid);
  return folder;
}

/** PostgreSQL refuses to run as root: whoever of these exists lends it a name. Undefined when we are not root. */
export function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([each]) => each === name)).find(Boolean);
  if (!user) throw new Error('PostgreSQL cannot run as root, and there is neither a postgres nor a nobody user');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
