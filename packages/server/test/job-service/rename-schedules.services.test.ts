import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { openTestApi } from './api.ts';

describeServices('schedules that get one name at the same moment', ['postgres'], (urls) => {
  it('leave it to one of them, and the other is told', async () => {
    const { url, drop } = await createDatabase(urls.postgres);
    const database = await openDatabase({ url, applicationName: 'test', maxConnections: 4, logger: silentLogger });
    await migrate(database);
    const api = await openTestApi({ database });
    try {
      const { token } = await api.register();
      const call = (method: string, path: string, body: object) => api.call(method, path, { token, body });
      const every = { type: 'report', every: '1h' };
      for (let round = 0; round < 10; round += 1) {
        const names = [`a${round}`, `b${round}`];
        for (const name of names) await call('POST', '/schedules', { ...every, name });
        const one = `one${round}`;
        const answers = await Promise.all([
          ...names.map((name) => call('PATCH', `/schedules/${name}`, { name: one })),
          call('POST', '/schedules', { ...every, name: one }),
        ]);
        const statuses = answers.map(({ status }) => status);
        expect(statuses.filter((status) => status === 409)).toHaveLength(2);
        expect(statuses.filter((status) => status < 300)).toHaveLength(1);
      }
    } finally {
      await api.close();
      await database.close();
      await drop();
    }
  });
});
