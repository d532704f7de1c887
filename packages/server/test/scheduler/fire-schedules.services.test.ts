import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { takeSchedules } from '../../src/store/schedule-turns.ts';
import { firingConformance } from './fire-schedules.conformance.ts';
import { ScheduleFixture } from './schedule-fixture.ts';
import { openScheduling } from './scheduler-fixture.ts';

describeServices('schedules on PostgreSQL', ['postgres'], (urls) => {
  async function open() {
    const { url, drop } = await createDatabase(urls.postgres);
    const database = await openDatabase({ url, applicationName: 'test', maxConnections: 4, logger: silentLogger });
    return { database, close: drop };
  }

  firingConformance(open);

  it('a schedule belongs to one transaction at a time; others pass it over and do not wait', async () => {
    const { database, close } = await open();
    const scheduling = await openScheduling(database);
    try {
      const schedules = new ScheduleFixture(scheduling);
      await scheduling.pass(0);
      const [first, second] = [
        await schedules.schedule({ everyMs: 1_000 }),
        await schedules.schedule({ everyMs: 90_000 }),
      ];
      await scheduling.pass(60_000);
      const all = { limit: 10, limitBehind: 10, leftAlone: [] };
      await database.transaction(async (tx) => {
        expect((await takeSchedules(tx, all)).map(({ id }) => id)).toEqual([first.id]);
        await scheduling.pass(31_000);
        const others = await database.transaction((other) => takeSchedules(other, all));
        expect(others.map(({ id }) => id)).toEqual([second.id]);
      });
      const later = await database.transaction((tx) => takeSchedules(tx, all));
      expect(later.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    } finally {
      await scheduling.close();
      await close();
    }
  });
});
