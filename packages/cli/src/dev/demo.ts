import { fileURLToPath } from 'node:url';
import type { CloudTask } from '@cloudtask/sdk';
import { rememberLastJob } from '../jobs/last-job.ts';
import type { Output } from '../output/output.ts';

/** Handlers that came with the command. */
export const DEMO_HANDLERS = fileURLToPath(new URL('./demo-handlers', import.meta.url));

/** Three jobs to look at, and three commands to try on them. */
export async function submitDemo({ ct, out, folder }: { ct: CloudTask; out: Output; folder: string }): Promise<void> {
  await ct.jobs.create('demo.welcome', { name: 'Ada' });
  await ct.jobs.create('demo.report', { month: '2026-10' });
  // Long enough to look at it while it waits, and to move the clock on.
  const retries = { maxAttempts: 3, backoff: { kind: 'fixed', delay: '1m' } } as const;
  const { id } = await ct.jobs.create('demo.weather', { city: 'Berlin' }, retries);
  await rememberLastJob(folder, ct.url, id);
  out.say('  Three jobs were submitted; demo.weather fails at first, on purpose.');
  out.say('  Try in a second terminal, in this folder:');
  out.say(out.typed('    cloudtask explain @last'));
  out.say(out.typed('    cloudtask run demo.welcome name=Grace'));
  out.say(out.typed('    cloudtask jobs list'));
}
