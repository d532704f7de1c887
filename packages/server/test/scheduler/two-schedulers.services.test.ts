import { readSettings } from '@cloudtask/core/config';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { createRegistry } from '@cloudtask/core/metrics';
import { submitJobs } from '@cloudtask/core/protocol/submit';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { AGEING_MS, newJob } from '../../../core/test/protocol/job-fixture.ts';
import { takeMoves } from '../../../core/test/protocol/protocol-tables.ts';
import { startScheduler } from '../../src/scheduler/service.ts';
import { schedulerOptions, schedulerSettings } from '../../src/settings.ts';
import { openScheduling } from './scheduler-fixture.ts';

describeServices('two schedulers', ['postgres'], (urls) => {
  it('fire each timer once and offer each job once', async () => {
    const own = await createDatabase(urls.postgres);
    const open = () => openDatabase({ url: own.url, applicationName: 'test', maxConnections: 4, logger: silentLogger });
    const scheduling = await openScheduling(await open());
    const second = await open();
    const options = schedulerOptions(readSettings(schedulerSettings, { flags: {}, env: {} }));
    const registry = () => createRegistry({ application: 'test', processMetrics: false });
    // The mark of the new broker: seeing it for the first time would make all hints owed again.
    await scheduling.broker.wasWiped();
    const schedulers = [
      await startScheduler({ ...scheduling, ...options, registry: registry() }),
      await startScheduler({ ...scheduling, ...options, database: second, registry: registry() }),
    ];
    try {
      await scheduling.worker({ 'test.job': 1 }, { slots: 100 });
      const jobs = [
        ...Array.from({ length: 300 }, () => newJob({ hinted: false })),
        ...Array.from({ length: 300 }, (_, n) => newJob({ delayMs: 200 + n })),
      ];
      await submitJobs(scheduling.database, jobs, AGEING_MS);
      const unhinted = {
        name: 'test_unhinted',
        text: `select from cloudtask.job_states where not hinted or status <> 'PENDING'`,
      };
      await eventually(async () => (await scheduling.database.query(unhinted, [])).length === 0, { timeoutMs: 15_000 });
      expect(schedulers.map(({ ticking }) => ticking)).toEqual([true, true]);
      await Promise.all(schedulers.map((scheduler) => scheduler.close()));
      const hints = await scheduling.takeHints();
      expect(hints).toHaveLength(600);
      expect(new Set(hints)).toEqual(new Set(jobs.map(({ id }) => id)));
      const moves = await takeMoves(scheduling.database);
      expect(moves).toHaveLength(300);
      expect(new Set(moves.map(({ jobId }) => jobId)).size).toBe(300);
      expect(await findViolations(scheduling.database)).toEqual([]);
    } finally {
      await Promise.all(schedulers.map((scheduler) => scheduler.close()));
      await second.close();
      await scheduling.close();
      await own.drop();
    }
  });
});
