// Submits as the job-service does, without HTTP: both contestants are measured at library level.
import { readSettings } from '@cloudtask/core/config';
import { silentLogger } from '@cloudtask/core/logger';
import { openPlatform } from '@cloudtask/core/open-platform';
import { sharedSettings } from '@cloudtask/core/shared-settings';
import type { JobRequest } from '@cloudtask/core/submission/job-request';
import { createSubmitter } from '@cloudtask/server/job-service/submit-job';
import { CALLERS, type Mode, obey, type Urls } from '../contestant.ts';

const urls = JSON.parse(process.argv[2] ?? '{}') as Urls;
const flags = { 'database-url': urls.database, 'broker-url': urls.broker, 'signals-url': 'memory:' };
const platform = await openPlatform(readSettings(sharedSettings, { flags, env: {} }), {
  service: 'bench-client',
  logger: silentLogger,
});
const submitter = createSubmitter({ ...platform, ageingMs: 600_000 });
const userId = crypto.randomUUID();

function newJob(): JobRequest {
  const payload = JSON.stringify({ to: 'ada@example.com', text: 'x'.repeat(170) });
  return { userId, type: 'noop', queue: 'default', payload, priority: 5, maxAttempts: 5, timeoutMs: 900_000 };
}

async function submitBulk(jobs: number): Promise<void> {
  let next = 0;
  const caller = async () => {
    for (; next < jobs; ) {
      const size = Math.min(CALLERS.bulk, jobs - next);
      next += size;
      await submitter.submitMany(Array.from({ length: size }, newJob));
    }
  };
  await Promise.all([caller(), caller()]);
}

async function submitSingly(jobs: number): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next++ < jobs) await submitter.submit(newJob());
  };
  await Promise.all(Array.from({ length: CALLERS.single }, caller));
}

obey({
  submit: (mode: Mode, jobs: number) => (mode === 'bulk' ? submitBulk(jobs) : submitSingly(jobs)),
  async stop() {
    await submitter.close();
    await platform.close();
  },
});
