import { openDatabase } from '@cloudtask/core/database/open-database';
import { firstIdAt, newId } from '@cloudtask/core/ids';
import { silentLogger } from '@cloudtask/core/logger';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { AGEING_MS, USER } from '../../../core/test/protocol/job-fixture.ts';
import { takeMoves } from '../../../core/test/protocol/protocol-tables.ts';
import { stepAction } from '../../src/scheduler/run-actions.ts';
import { insertAction, nextAction, readAction } from '../../src/store/job-actions.ts';
import { openScheduling } from './scheduler-fixture.ts';

describeServices('an action that four schedulers carry out', ['postgres'], (urls) => {
  it('comes to each job once, in any of its filters', async () => {
    const own = await createDatabase(urls.postgres);
    const open = () => openDatabase({ url: own.url, applicationName: 'test', maxConnections: 4, logger: silentLogger });
    const scheduling = await openScheduling(await open());
    const second = await open();
    try {
      const ids: string[] = [];
      for (let n = 0; n < 230; n += 1) ids.push((await scheduling.jobs.jobIn('FAILED')).id);
      const { error } = await scheduling.jobs.state(ids[0] ?? '');
      await takeMoves(scheduling.database);
      const createdAt = await readClock(scheduling.database);
      const id = newId(scheduling.clock);
      await insertAction(scheduling.database, {
        id,
        userId: USER,
        action: 'retry',
        filter: {
          ids,
          status: ['FAILED'],
          type: ['test.job'],
          queue: ['default'],
          fingerprint: error?.fingerprint ?? '',
        },
        reason: null,
        canary: 0,
        perSecond: null,
        untilId: firstIdAt(new Date(createdAt.getTime() + 60_000)),
        createdAt,
      });
      const run = async (database: typeof second) => {
        for (;;) {
          // Without holding the duty, as two do after a pause of one.
          const next = await nextAction(database);
          if (!next) return;
          await stepAction({ ...scheduling, database, ageingMs: AGEING_MS }, next.action);
        }
      };
      await Promise.all([scheduling.database, second, scheduling.database, second].map(run));
      expect((await takeMoves(scheduling.database)).map(({ jobId }) => jobId)).toEqual(ids);
      expect(await readAction(second, USER, id)).toMatchObject({ state: 'DONE', done: 230, skipped: 0 });
      expect(await findViolations(second)).toEqual([]);
    } finally {
      await second.close();
      await scheduling.close();
      await own.drop();
    }
  });
});
