import { requestDrain } from '@cloudtask/core/protocol/drain-worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { oneDatabase } from '../support/one-database.ts';
import { DevStage } from './dev-stage.ts';

describe('a worker of a development platform that is drained', { timeout: 60_000 }, () => {
  const database = oneDatabase();
  let stage: DevStage;
  beforeEach(async () => {
    stage = await DevStage.open(database());
  });
  afterEach(() => stage.close());

  it('ends what it runs, and none takes its place until the code is loaded again', async () => {
    await stage.save('await context.sleep(payload); return context.attempt;');
    const workers = await stage.start();
    const running = await stage.platform.submit('say', 1_500);
    await stage.platform.jobWhen(running, ({ status }) => status === 'RUNNING', 20_000);
    const { database, signals } = stage.platform.parts;
    const [worker] = await stage.platform.query<{ id: number }>('select id from cloudtask.workers');
    const workerId = worker?.id ?? 0;
    await requestDrain(database, { workerId, reason: 'a rehearsal', requestedBy: 'ada@example.com' });
    signals.ring('drains', [{ id: String(workerId) }]);
    expect(await stage.event('draining')).toEqual({
      kind: 'draining',
      generation: 1,
      reason: 'a rehearsal',
      finishing: 1,
    });
    expect(workers.generation).toBe(0);
    await stage.event('retired');
    expect(await stage.platform.job(running)).toMatchObject({ status: 'COMPLETED', result: 1, losses: 0 });
    const waiting = await stage.platform.submit('say', 0);
    expect(stage.of('died')).toEqual([]);
    expect(stage.of('loaded')).toHaveLength(1);
    expect((await stage.platform.job(waiting)).status).toBe('PENDING');
    expect(await workers.reload()).toBe('loaded');
    await eventually(async () => (await stage.platform.job(waiting)).status === 'COMPLETED', { timeoutMs: 20_000 });
  });
});
