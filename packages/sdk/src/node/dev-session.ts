import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type SessionSlot, sessionSlot } from './session-slot.ts';

/** The folder of `cloudtask dev`: its data, and the session that it lends to everything started below its parent. */
export const DEV_FOLDER = '.cloudtask';

export function devSlot(devFolder: string): SessionSlot {
  return sessionSlot(join(devFolder, 'session.json'), 'dev');
}

/** The session of a `cloudtask dev` that runs in this folder or one above. One that was killed leaves a file, which does not count. */
export function findDevSession(cwd: string): SessionSlot | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const slot = devSlot(join(folder, DEV_FOLDER));
    if (isHeld(slot)) return slot;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whether the `cloudtask dev` that wrote the session still runs. */
export function isHeld(slot: SessionSlot): boolean {
  const pid = isFile(slot.path) ? slot.read()?.pid : undefined;
  return pid !== undefined && isAlive(pid);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
