import { newId } from '@cloudtask/core/ids';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Attempt } from '../../src/attempt.ts';
import { Chaos } from '../../src/dev/chaos.ts';
import { claimedJob } from '../support/claimed-job.ts';
import { oneDatabase } from '../support/one-database.ts';
import { DevStage } from './dev-stage.ts';

/** An id that the chaos chooses for a crash, or leaves alone. */
function idOf({ isFated }: { isFated: boolean }): string {
  return `${newId({ now: () => Date.now() }).slice(0, -6)}${isFated ? '000005' : '000006'}`;
}

describe('chaos in development', { timeout: 90_000 }, () => {
  const database = oneDatabase();
  let stage: DevStage;
  beforeEach(async () => {
    stage = await DevStage.open(database());
  });
  afterEach(() => stage.close());

  it('redelivers every job that completes, once', async () => {
    await stage.save(`return context.attempt;`);
    await stage.start({ chaos: ['redeliver'] });
    const ids = await stage.platform.submitMany('say', [1, 2, 3]);
    for (const id of ids) {
      expect(await stage.platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 2, losses: 1, fence: 2 });
    }
    const lost = await stage.platform.query(`select distinct attempt, outcome from cloudtask.attempts`);
    expect(lost).toEqual([{ attempt: 1, outcome: 'lost' }]);
    expect(stage.of('died')).toEqual([]);
  });

  it('redelivers none that fails', async () => {
    await stage.save(`throw new TypeError('no');`);
    await stage.start({ chaos: ['redeliver'] });
    const id = await stage.platform.submit('say', null, { maxAttempts: 1 });
    expect(await stage.platform.finished(id)).toMatchObject({ status: 'FAILED', losses: 0, failures: 1 });
  });

  it('leaves no claim behind that somebody would have to rescue', async () => {
    await stage.save(`return context.attempt;`);
    const workers = await stage.start({ chaos: ['redeliver'] });
    await stage.platform.finished(await stage.platform.submit('say'));
    await workers.close();
    expect(await stage.platform.query('select token from cloudtask.claims')).toEqual([]);
  });

  it('kills the process in the middle of about one of five jobs, once per job', async () => {
    await stage.save(`return context.attempt;`);
    await stage.start({ chaos: ['crash'] });
    const spared = await stage.platform.submit('say', null, { id: idOf({ isFated: false }) });
    expect(await stage.platform.finished(spared)).toMatchObject({ result: 1, losses: 0 });
    const fated = await stage.platform.submit('say', null, { id: idOf({ isFated: true }) });
    expect(await stage.event('died')).toMatchObject({ signal: 'SIGKILL', rescued: 1 });
    expect(await stage.platform.finished(fated, 30_000)).toMatchObject({ result: 2, losses: 1 });
    expect(stage.of('died')).toHaveLength(1);
  });

  it('loses no job of many, and none twice', async () => {
    await stage.save(`await new Promise((resolve) => setTimeout(resolve, 20)); return context.attempt;`);
    await stage.start({ chaos: ['redeliver', 'slow', 'crash'], concurrency: 5 });
    const ids = await stage.platform.submitMany(
      'say',
      Array.from({ length: 20 }, (_, n) => n),
      { chunk: 5 },
    );
    for (const id of ids) {
      expect(await stage.platform.finished(id, 60_000)).toMatchObject({ status: 'COMPLETED', result: 2, losses: 1 });
    }
  });
});

describe('a slow start in development', () => {
  it('comes after a delay, and not at all when the job was cancelled meanwhile', async () => {
    const chaos = new Chaos(['slow']);
    const attempt = new Attempt(claimedJob(), { token: '', workerId: 1, unsettled: 1 }, HANDLER, performance.now());
    const running = chaos.run(attempt, async () => expect.unreachable());
    attempt.abort('cancelled', 1_000, performance.now());
    expect(await running).toMatchObject({ kind: 'failed' });
  });

  it('is one of up to three seconds', async () => {
    const chaos = new Chaos(['slow']);
    const delays = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const startedAt = performance.now();
        const attempt = new Attempt(claimedJob(), { token: '', workerId: 1, unsettled: 1 }, HANDLER, startedAt);
        await chaos.run(attempt, async () => ({ kind: 'completed', resultText: 'null' }));
        return performance.now() - startedAt;
      }),
    );
    // All ten below 300 ms: one of ten thousand million runs.
    expect(Math.max(...delays)).toBeGreaterThan(300);
  });
});

const HANDLER = { type: 'any', source: 'this test', run: () => null };
