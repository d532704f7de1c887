import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@cloudtask/core/logger';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { Attempt } from '../src/attempt.ts';

import { ChildPool } from '../src/isolation/child-pool.ts';
import { runIsolated } from '../src/isolation/run-isolated.ts';
import { type HandlerMap, type LoadedHandler, loadHandlers } from '../src/load-handlers.ts';
import { claimedJob } from './support/claimed-job.ts';
import { isRunning } from './support/is-running.ts';
import { isolatedHandlers } from './support/isolated-handlers.ts';
import { noSubmits } from './support/no-submits.ts';

const good = { module: `${isolatedHandlers}/good.ts`, memoryLimit: 512 };
const bad = { module: `${isolatedHandlers}/bad.ts`, memoryLimit: 192 };
const PATIENCE = { timeout: 40_000 };

interface Options {
  slots?: number;
  idleMs?: number;
  folder?: string;
}

describe('the child processes of a worker', () => {
  let pool: ChildPool;
  let handlers: HandlerMap;
  afterEach(() => pool.close());

  async function open({ folder = isolatedHandlers, ...options }: Options = {}): Promise<void> {
    pool = new ChildPool({ slots: 3, variables: [], logger: silentLogger, ...options });
    handlers = await loadHandlers({ folder });
  }

  function attemptOf(type: string, payload: string | number | null = null): Attempt {
    const handler = handlers.get(type);
    if (!handler) throw new Error(`no handler of ${type}`);
    const job = claimedJob({ type, payload, timeoutMs: 0 });
    return new Attempt(job, { token: 't', workerId: 1, unsettled: 1 }, handler, performance.now());
  }

  const run = (attempt: Attempt) =>
    runIsolated(
      {
        clock: { now: () => Date.now() },
        logger: silentLogger,
        logLevel: 'debug',
        submitItems: noSubmits,
        children: pool,
      },
      attempt,
    );

  async function pidOf(attempt: Attempt): Promise<number> {
    const end = await run(attempt);
    return end?.kind === 'completed' ? Number(end.resultText) : Number.NaN;
  }

  it('wait for another job of the same module and the same limit, and for no other', PATIENCE, async () => {
    await open();
    const first = pool.take(good);
    pool.give(first);
    const other = pool.take({ ...good, memoryLimit: 600 });
    expect(other).not.toBe(first);
    expect(pool.take(bad)).not.toBe(first);
    expect(pool.take(good)).toBe(first);
  });

  it('make room for those that are needed: never more than there are slots', PATIENCE, async () => {
    await open({ slots: 2 });
    const [one, two] = [pool.take(good), pool.take(good)];
    pool.give(one);
    pool.give(two);
    pool.take(bad);
    await one.exited;
    expect(two.isUsable).toBe(true);
    expect(pool.size).toBe(2);
  });

  it('end when no job comes', PATIENCE, async () => {
    await open({ idleMs: 300 });
    const pid = await pidOf(attemptOf('pid'));
    expect(isRunning(pid)).toBe(true);
    await eventually(() => pool.size === 0 && !isRunning(pid));
  });

  it('are forgotten when they die while they wait', PATIENCE, async () => {
    await open();
    const pid = await pidOf(attemptOf('pid'));
    process.kill(pid, 'SIGKILL');
    await eventually(() => pool.size === 0);
    expect(await pidOf(attemptOf('pid'))).not.toBe(pid);
  });

  it('are replaced after 100 jobs', PATIENCE, async () => {
    await open();
    const pids: number[] = [];
    for (let n = 0; n < 101; n += 1) pids.push(await pidOf(attemptOf('pid')));
    expect(new Set(pids.slice(0, 100)).size).toBe(1);
    expect(pids[100]).not.toBe(pids[0]);
  });

  it('are replaced when a job leaves much memory behind', PATIENCE, async () => {
    await open();
    const fat = await pidOf(attemptOf('keep-memory', 300));
    expect(await pidOf(attemptOf('pid'))).not.toBe(fat);
  });

  it('are kept when only their module needs more than half of the limit', PATIENCE, async () => {
    await open();
    // A child from source holds 94 to 100 MiB before its first job, which adds 2.
    const small = { ...(handlers.get('pid') as LoadedHandler), memoryLimit: 160 };
    handlers = new Map([['pid', small]]);
    expect(await pidOf(attemptOf('pid'))).toBe(await pidOf(attemptOf('pid')));
  });

  it('end with the worker, and so does what runs in them', PATIENCE, async () => {
    await open();
    const attempt = attemptOf('spin');
    const lines: string[] = [];
    attempt.journal = { ...attempt.journal, log: (_level, message) => lines.push(message) };
    const running = run(attempt);
    await eventually(() => lines.includes('spinning'), { timeoutMs: 25_000, describe: () => lines });
    await pool.close();
    expect(pool.size).toBe(0);
    expect(await running).toMatchObject({ kind: 'failed', reason: 'HANDLER_EXITED' });
  });

  it('end with a worker that is killed, also when their handler never gives the thread back', PATIENCE, async () => {
    await open();
    const fixture = fileURLToPath(new URL('./fixtures/spinning-worker.ts', import.meta.url));
    const worker = spawn(process.execPath, ['--conditions=source', fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(worker.stdout, 'data')) as [Buffer];
    const pid = Number(said);
    expect(isRunning(pid)).toBe(true);
    worker.kill('SIGKILL');
    await eventually(() => !isRunning(pid));
  });

  it('run jobs also when a flag of their worker loads what fails in a thread', PATIENCE, async () => {
    await open();
    const url = new URL('./fixtures/main-thread-only.mjs', import.meta.url).href;
    const before = [...process.execArgv];
    process.execArgv.push('--import', url);
    try {
      expect(await run(attemptOf('thread'))).toMatchObject({ kind: 'completed' });
    } finally {
      process.execArgv.splice(0, process.execArgv.length, ...before);
    }
  });

  it('pass on what the handler writes into the journal of its attempt', PATIENCE, async () => {
    await open();
    const attempt = attemptOf('talk');
    const lines: [LogLevel, string, object | undefined][] = [];
    attempt.journal = { ...attempt.journal, log: (level, message, fields) => lines.push([level, message, fields]) };
    await run(attempt);
    expect(lines).toContainEqual(['info', 'hello', expect.objectContaining({ n: 1 })]);
    expect(lines).toContainEqual(['info', 'printed', { stream: 'stdout' }]);
    expect(lines).toContainEqual(['warn', 'complained', { stream: 'stderr' }]);
  });

  it('are not begun for an attempt that is told to stop before its module is loaded', PATIENCE, async () => {
    await open();
    const attempt = attemptOf('pid');
    const running = run(attempt);
    attempt.abort('shutdown', 1_000, performance.now());
    expect(await running).toEqual({ kind: 'interrupted', started: false });
    await eventually(() => pool.size === 0);
  });

  it('say what to do when their module loads in the worker but not in them', PATIENCE, async () => {
    vi.stubEnv('TEST_VARIABLE_NEEDED', 'here');
    await open({ folder: fileURLToPath(new URL('./fixtures/needs-variable', import.meta.url)) });
    expect(await run(attemptOf('needs-variable'))).toMatchObject({
      kind: 'failed',
      reason: 'ERROR',
      message: expect.stringMatching(/TEST_VARIABLE_NEEDED is not set.*CLOUDTASK_CHILD_ENV/s),
    });
    pool = new ChildPool({ slots: 3, variables: ['TEST_VARIABLE_NEEDED'], logger: silentLogger });
    expect(await run(attemptOf('needs-variable'))).toEqual({ kind: 'completed', resultText: '"here"' });
  });

  it('cost no attempt when the machine has no process to give', PATIENCE, async () => {
    await open();
    const { execPath } = process;
    try {
      // Both ways in which Node tells of it: an event, and an exception.
      for (process.execPath of ['/nowhere/node', '/nowhere/no\0de']) {
        expect(await run(attemptOf('pid'))).toEqual({ kind: 'snoozed', delayMs: 5_000 });
        expect(pool.size).toBe(0);
      }
    } finally {
      process.execPath = execPath;
    }
  });
});
