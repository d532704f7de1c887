import { fileURLToPath } from 'node:url';
import type { CloudTask } from '@cloudtask/sdk';
import type { Output } from '../output.ts';

/** Handlers that came with the command. */
export const DEMO_HANDLERS = fileURLToPath(new URL('./demo-handlers', import.meta.url));

/** Three jobs to look at, and three commands to try on them. */
export async function submitDemo({ ct, out }: { ct: CloudTask; out: Output }): Promise<void> {
  await ct.jobs.create('demo.welcome', { name: 'Ada' });
  await ct.jobs.create('demo.report', { month: '2026-10' });
  await ct.jobs.create('demo.weather', { city: 'Berlin' });
  out.say(
    '  Three jobs were submitted; demo.weather fails at first, on purpose. Try in a second terminal, in this folder:',
  );
  out.say('    cloudtask run demo.welcome name=Grace');
  out.say('    cloudtask jobs list');
  out.say('    cloudtask explain @last');
  out.say('');
}
