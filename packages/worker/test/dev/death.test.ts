import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { NODE_FLAGS } from '../../../../test/support/node-flags.ts';
import { isRunning } from '../support/is-running.ts';
import { oneDatabase } from '../support/one-database.ts';
import { DevStage } from './dev-stage.ts';

const WAITS_ONCE = `
  const { appendFileSync } = await import('node:fs');
  appendFileSync('pids', process.pid + '\\n');
  if (context.attempt === 1) await new Promise(() => setInterval(() => {}, 1_000));
  return context.attempt;`;

describe('the death of a worker of a development platform', { timeout: 60_000 }, () => {
  const database = oneDatabase();
  let stage: DevStage;
  beforeEach(async () => {
    stage = await DevStage.open(database());
  });
  afterEach(() => stage.close());

  const pids = (): number[] => {
    try {
      return readFileSync(join(stage.folder, 'pids'), 'utf8').trim().split('\n').map(Number);
    } catch {
      return [];
    }
  };
  const firstPid = () => eventually(() => pids()[0]);

  it('gives its jobs to a new process at once, as their second attempt', async () => {
    await stage.save(WAITS_ONCE);
    const workers = await stage.start();
    const id = await stage.platform.submit('say');
    const pid = await firstPid();
    await workers.kill();
    expect(isRunning(pid)).toBe(false);
    expect(await stage.event('died')).toEqual({
      kind: 'died',
      generation: 1,
      signal: 'SIGKILL',
      code: null,
      rescued: 1,
    });
    expect(await stage.event('loaded', 2)).toMatchObject({ generation: 2, isFirst: false });
    expect(workers.generation).toBe(2);
    expect(await stage.platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 2, losses: 1 });
  });

  it('does not run a job again that had ended before', async () => {
    await stage.save(`return context.attempt;`);
    const workers = await stage.start();
    const ids = await stage.platform.submitMany(
      'say',
      Array.from({ length: 50 }, (_, n) => n),
    );
    await eventually(async () => (await stage.platform.count('COMPLETED')) > 0);
    await workers.kill();
    for (const id of ids) expect(await stage.platform.finished(id)).toMatchObject({ status: 'COMPLETED' });
    const [ended] = await stage.platform.query<{ twice: number }>(
      `select count(*) as twice from cloudtask.job_states where losses > 0 and fence < 2`,
    );
    expect(ended).toEqual({ twice: 0 });
  });

  it('is made good when it dies by itself, and again and again', async () => {
    await stage.save(`if (context.attempt === 1) process.exit(7); return 'at last';`);
    await stage.start();
    for (const deaths of [1, 2, 3]) {
      const id = await stage.platform.submit('say');
      expect(await stage.event('died', deaths)).toMatchObject({
        generation: deaths,
        code: 7,
        signal: null,
        rescued: 1,
      });
      expect(await stage.platform.finished(id, 20_000)).toMatchObject({ status: 'COMPLETED', result: 'at last' });
    }
  });

  it('of an old generation is no end of the new one', async () => {
    await stage.save(WAITS_ONCE);
    const workers = await stage.start();
    const id = await stage.platform.submit('say');
    const pid = await firstPid();
    await workers.reload();
    process.kill(pid, 'SIGKILL');
    expect(await stage.event('died')).toMatchObject({ generation: 1, rescued: 1 });
    expect(await stage.platform.finished(id)).toMatchObject({ result: 2 });
    expect(workers.generation).toBe(2);
    expect(stage.of('loaded')).toHaveLength(2);
  });

  it('on purpose waits for its own jobs only, not for those that an old generation still runs', async () => {
    await stage.save(WAITS_ONCE);
    const workers = await stage.start();
    await stage.platform.submit('say');
    const pid = await firstPid();
    await workers.reload();
    const isKilled = workers.kill().then(() => true);
    expect(await Promise.race([isKilled, stage.event('loaded', 4)])).toBe(true);
    expect(workers.generation).toBe(3);
    expect(isRunning(pid)).toBe(true);
  });

  it('on purpose may come while the next generation is loaded', async () => {
    await stage.save(`return 1;`);
    const workers = await stage.start();
    const reloading = workers.reload();
    const isKilled = workers.kill().then(() => true);
    expect(await Promise.race([isKilled, stage.event('loaded', 3)])).toBe(true);
    expect(await reloading).toBe('loaded');
    expect(workers.generation).toBe(2);
  });

  it('comes at the end, after the jobs that it ran', async () => {
    await stage.save(`await new Promise((resolve) => setTimeout(resolve, 300)); return 'ended';`);
    const workers = await stage.start();
    const id = await stage.platform.submit('say');
    await stage.platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await workers.close();
    expect(await stage.platform.job(id)).toMatchObject({ status: 'COMPLETED', result: 'ended' });
    expect(await stage.event('retired')).toMatchObject({ generation: 1 });
    expect(await workers.reload()).toBe('refused');
    expect(workers.generation).toBe(0);
  });

  it('comes at the end though a job does not: that is handed back, and was no attempt', async () => {
    await stage.save(WAITS_ONCE);
    const workers = await stage.start();
    const id = await stage.platform.submit('say');
    await firstPid();
    await workers.close({ graceMs: 100 });
    expect(await stage.platform.job(id)).toMatchObject({ status: 'PENDING', losses: 0, failures: 0 });
  });

  it('is not outlived by jobs of an old generation when the platform closes in a hurry', async () => {
    await stage.save(WAITS_ONCE);
    const workers = await stage.start();
    const id = await stage.platform.submit('say');
    const pid = await firstPid();
    await workers.reload();
    await workers.close({ graceMs: 100 });
    expect(isRunning(pid)).toBe(false);
    expect(await stage.platform.job(id)).toMatchObject({ status: 'PENDING', losses: 0, failures: 0 });
  });

  it('is sure when the process that started it is killed, also while a handler blocks', async () => {
    await stage.save(`
      const { appendFileSync } = await import('node:fs');
      appendFileSync('pids', process.pid + '\\n');
      for (;;);`);
    const parent = spawn(process.execPath, [...NODE_FLAGS, join(import.meta.dirname, 'dev-parent.ts'), stage.folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    try {
      const pid = await eventually(() => pids()[0], { timeoutMs: 30_000 });
      expect(isRunning(pid)).toBe(true);
      parent.kill('SIGKILL');
      await eventually(() => !isRunning(pid));
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

describe('a worker of a development platform that is paused', { timeout: 60_000 }, () => {
  const database = oneDatabase();

  it('takes no job, nor does the next generation, until it is resumed', async () => {
    const stage = await DevStage.open(database());
    try {
      await stage.save(`return 'ran';`);
      const workers = await stage.start();
      await workers.pause();
      await workers.reload();
      const id = await stage.platform.submit('say');
      // A kill and a reload later it would have been taken by any process that takes jobs.
      await workers.kill();
      expect(await stage.platform.job(id)).toMatchObject({ status: 'PENDING', fence: 0 });
      await workers.resume();
      expect(await stage.platform.finished(id)).toMatchObject({ result: 'ran' });
    } finally {
      await stage.close();
    }
  });
});
