import { defineHandler } from '@cloudtask/sdk/define-handler';
import type { JobAbort } from '@cloudtask/sdk/handler-errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isolatedHandlers } from './support/isolated-handlers.ts';
import { TestPlatform } from './support/test-platform.ts';

const STALLED = { status: 'FAILED', reason: 'TIMEOUT' };

describe('a handler with a stallTimeout', () => {
  let platform: TestPlatform;
  const reasons: string[] = [];

  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const stalling = defineHandler({
      type: 'stalling',
      stallTimeout: '1500ms',
      run: async (reports: number, { checkpoint, progress, signal, sleep }) => {
        for (let n = 0; n < reports; n += 1) {
          await sleep('300ms');
          if (n % 2 === 0) progress(n);
          else checkpoint(n);
        }
        if (reports > 0) return 'done';
        return await new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push((signal.reason as JobAbort).kind);
            reject(signal.reason);
          }),
        );
      },
    });
    await platform.worker([stalling], { handlersFolder: isolatedHandlers });
  });
  afterAll(() => platform.close());

  it('is told to stop when it tells neither progress nor a checkpoint for so long, and is tried again', async () => {
    const id = await platform.submit('stalling', 0, { maxAttempts: 2 });
    const job = await platform.jobWhen(id, ({ status }) => status === 'RETRYING');
    expect(job.error).toMatchObject({ code: 'STALLED', message: expect.stringContaining('stallTimeout of 1500 ms') });
    expect(reasons).toEqual(['stalled']);
  });

  it('goes on as long as it tells one or the other, however long that takes', async () => {
    const id = await platform.submit('stalling', 6, { maxAttempts: 1 });
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 'done' });
  });

  it('is stopped in a child process too', async () => {
    const id = await platform.submit('stalling-in-child', 0, { maxAttempts: 1 });
    expect(await platform.finished(id, 20_000)).toMatchObject(STALLED);
  });

  it('goes on in a child process that tells something', async () => {
    const id = await platform.submit('stalling-in-child', 5, { maxAttempts: 1 });
    expect(await platform.finished(id, 30_000)).toMatchObject({ status: 'COMPLETED', result: 'done' });
  });
});

it.each([0, '0s', 'soon', -1, null])('a handler is refused with the stallTimeout %j', (stallTimeout) => {
  const options = { type: 'stalling', run: () => null, stallTimeout } as never;
  expect(() => defineHandler(options)).toThrow(
    /stallTimeout of the handler of "stalling" is .*: use a duration above 0/,
  );
});
