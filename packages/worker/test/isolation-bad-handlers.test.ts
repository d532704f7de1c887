import { cancelJob } from '@cloudtask/core/protocol/cancel';
import type { Json } from '@cloudtask/sdk/contract';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { isRunning } from './support/is-running.ts';
import { isolatedHandlers } from './support/isolated-handlers.ts';
import { linesOf } from './support/journal-lines.ts';
import { RecordingLogger } from './support/recording-logger.ts';
import { type StoredJob, TestPlatform, USER } from './support/test-platform.ts';

const GRACE_MS = 400;
/** Starts of processes, several at a time, on a busy machine. */
const PATIENCE = { timeoutMs: 25_000, test: { timeout: 40_000 } };

describe('a bad handler in a child process', () => {
  let platform: TestPlatform;
  let neighbour: string;
  const log = new RecordingLogger();

  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const long = defineHandler({
      type: 'long',
      run: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('never hurt'))),
    });
    await platform.worker([long], { handlersFolder: isolatedHandlers }, { logger: log, handlerGraceMs: GRACE_MS });
    neighbour = await platform.submit('long');
  });
  afterAll(() => platform.close());

  async function firstEnd(type: string, payload: Json = null, options = {}): Promise<StoredJob> {
    const id = await platform.submit(type, payload, options);
    return await platform.jobWhen(id, ({ status }) => status === 'RETRYING', PATIENCE.timeoutMs);
  }

  /** A child that has loaded the bad handlers: a timeout counts from the claim, and their start may take longer than it. */
  async function warmUp(): Promise<void> {
    await platform.finished(await platform.submit('flood', 1), PATIENCE.timeoutMs);
  }

  async function expectUnharmed(): Promise<void> {
    expect(await platform.job(neighbour)).toMatchObject({ status: 'RUNNING', fence: 1 });
    const [inWorker, inChild] = [await platform.submit('inline-pid'), await platform.submit('pid')];
    const ended = { status: 'COMPLETED', fence: 1 };
    expect(await platform.finished(inWorker, PATIENCE.timeoutMs)).toMatchObject({ ...ended, result: process.pid });
    const other = await platform.finished(inChild, PATIENCE.timeoutMs);
    expect(other).toMatchObject({ ...ended, result: expect.any(Number) });
    expect(other.result).not.toBe(process.pid);
  }

  it.each<[string, Json, string, RegExp]>([
    ['exit', 0, 'HANDLER_EXITED', /it exited with code 0$/],
    ['exit', 3, 'HANDLER_EXITED', /it exited with code 3$/],
    ['throw-later', null, 'HANDLER_EXITED', /an uncaught exception: TypeError: nobody catches this$/],
    ['reject', null, 'HANDLER_EXITED', /an unhandled rejection: RangeError: nobody awaits this$/],
    ['die', 'SIGSEGV', 'HANDLER_EXITED', /it was killed by SIGSEGV$/],
    ['die', 'SIGKILL', 'HANDLER_EXITED', /it was killed by SIGKILL/],
    ['abort', null, 'HANDLER_EXITED', /it was killed by SIGABRT$/],
    ['forge', 'no message', 'HANDLER_EXITED', /killed for what it wrote to the pipe/],
    ['forge', '{"kind":"end","run":1,"end":{"kind":"completed"}}', 'HANDLER_EXITED', /killed for what it wrote/],
    ['forge-endless', null, 'HANDLER_EXITED', /killed for what it wrote/],
    ['fill-heap', null, 'OUT_OF_MEMORY', /192 MiB$/],
    ['fill-buffers', null, 'OUT_OF_MEMORY', /used more memory than its limit of 192 MiB$/],
  ])('that does %s %j ends its attempt and nothing else', PATIENCE.test, async (type, payload, code, message) => {
    const job = await firstEnd(type, payload);
    expect(job).toMatchObject({ failures: 1, losses: 0, error: { code, retryable: true } });
    expect(job.error?.message).toMatch(message);
    expect(job.nextInMs).toBeGreaterThanOrEqual(2_500);
    await expectUnharmed();
  });

  it('that lets an error go uncaught has its frames in the log of its job', async () => {
    const id = await platform.submit('throw-later', null, { maxAttempts: 1 });
    await platform.finished(id);
    expect(await linesOf(platform, id)).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(/nobody catches this$/),
        fields: { stack: expect.stringMatching(/isolated\/bad\.ts:\d+/) },
      },
    ]);
  });

  it('fails at its last attempt with the reason', PATIENCE.test, async () => {
    const id = await platform.submit('exit', 0, { maxAttempts: 1 });
    expect(await platform.finished(id, PATIENCE.timeoutMs)).toMatchObject({
      status: 'FAILED',
      reason: 'HANDLER_EXITED',
    });
  });

  it.each(['spin', 'hang'])('that does %s is killed after its timeout and the grace', PATIENCE.test, async (type) => {
    await warmUp();
    const job = await firstEnd(type, null, { timeoutMs: 1_500 });
    expect(job).toMatchObject({ failures: 1, error: { code: 'TIMEOUT' } });
    const killed = log.lines.find(
      ({ message, fields }) => message.startsWith('a child process is killed') && fields['type'] === type,
    );
    expect(killed).toMatchObject({ level: 'warn', fields: { why: 'timeout' } });
    await eventually(() => !isRunning(killed?.fields['childPid'] as number));
    await expectUnharmed();
  });

  it('that does not stop when its job is cancelled is killed', PATIENCE.test, async () => {
    const id = await platform.submit('spin');
    await eventually(() => log.lines.some(({ fields }) => fields['jobId'] === id && fields['line'] === 'spinning'));
    await cancelJob(platform.parts.database, { id, userId: USER, reason: null });
    platform.parts.signals.ring('cancels', [{ id }]);
    expect(await platform.finished(id, PATIENCE.timeoutMs)).toMatchObject({ status: 'CANCELLED' });
    await expectUnharmed();
  });

  it('that prints without end is read to its end, and little of it is kept', PATIENCE.test, async () => {
    const id = await platform.submit('flood', 64 * 1024 * 1024);
    expect(await platform.finished(id, PATIENCE.timeoutMs)).toMatchObject({ status: 'COMPLETED', result: 'written' });
    const lines = log.lines.filter(({ fields }) => fields['jobId'] === id && fields['stream'] === 'stdout');
    expect(lines).toHaveLength(656 + 1);
    expect(lines.at(-1)?.fields['line']).toMatch(/more output was cut: 65536 bytes/);
  });

  it.each(['return', 'hang'])('that starts processes and does %s takes them along', PATIENCE.test, async (end) => {
    await warmUp();
    const id = await platform.submit('breed', end, { timeoutMs: 4_000, maxAttempts: 1 });
    await platform.finished(id, PATIENCE.timeoutMs);
    const printed = log.lines.find(({ fields }) => fields['jobId'] === id && fields['stream'] === 'stdout');
    const pids = String(printed?.fields['line']).split(' ').map(Number);
    expect(pids).toHaveLength(2);
    await eventually(() => !pids.some(isRunning), { describe: () => pids.filter(isRunning) });
  });
});
