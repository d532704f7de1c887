import { CloudTask } from '@cloudtask/sdk';
import { devSlot, isHeld } from '@cloudtask/sdk/node/dev-session';
import { storedSessionAuth } from '@cloudtask/sdk/node/session-slot';
import type { Output } from '../output/output.ts';
import { showAllJobs } from '../watch/show-all-jobs.ts';
import { untilInterrupted } from '../watch/stop-watching.ts';

export interface RunningDev {
  /** Close it. */
  ct: CloudTask;
  hasEnded(): boolean;
}

/** The `dev` that runs on this data folder; undefined when none does. */
export async function runningDev(dataFolder: string): Promise<RunningDev | undefined> {
  const slot = devSlot(dataFolder);
  const url = isHeld(slot) ? slot.read()?.url : undefined;
  if (url === undefined) return undefined;
  const ct = new CloudTask({ url, auth: storedSessionAuth(slot) });
  // Its number may be that of another program by now.
  if ((await ct.health({ maxRetries: 0, timeout: '2s' }).safe()).ok) return { ct, hasEnded: () => !isHeld(slot) };
  await ct.close();
  return undefined;
}

const LOOK_MS = 500;

/** Shows the jobs of the other one until Ctrl-C, which ends only this, or until the other one ends. */
export async function attach({ ct, hasEnded }: RunningDev, out: Output): Promise<void> {
  out.say(`  dev runs here already, on ${ct.url}: these are its jobs. Ctrl-C leaves them and it alone.`);
  const ended = new AbortController();
  const timer = setInterval(() => hasEnded() && ended.abort(), LOOK_MS);
  try {
    await untilInterrupted((signal) => showAllJobs({ ct, out }, { signal: AbortSignal.any([signal, ended.signal]) }));
  } finally {
    clearInterval(timer);
  }
  out.say(ended.signal.aborted ? 'dev has ended.' : 'Detached. dev goes on.');
}
