import { createHandlers } from '@cloudtask/sdk/create-handlers';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { FatalError } from '@cloudtask/sdk/handler-errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf } from './support/journal-lines.ts';
import { TestPlatform } from './support/test-platform.ts';

describe('around a handler', () => {
  let platform: TestPlatform;
  const told: string[] = [];
  let failuresLeft = 1;

  const { defineHandler: define } = createHandlers({
    services: {
      first: ({ onClose }) => {
        told.push('first built');
        onClose(() => void told.push('first closed'));
        return { name: 'first' };
      },
      second: async ({ onClose }) => {
        onClose(() => void told.push('second closed'));
        return 'second';
      },
    },
  });
  const { defineHandler: defineShaky } = createHandlers({
    services: {
      shaky: ({ onClose }) => {
        onClose(() => void told.push('shaky closed'));
        if (failuresLeft-- > 0) throw new Error('no connection');
        return 'built';
      },
    },
  });

  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const handlers = [
      define({ type: 'uses', run: (_, { services }) => `${services.first.name} ${services.second}` }),
      defineShaky({ type: 'shaky', run: (_, { services }) => services.shaky, retryWhen: () => false }),
      defineHandler({ type: 'plain', run: (payload, { services }) => ({ payload, shared: services['shared'] }) }),
      defineHandler({
        type: 'throws',
        run: (payload) => {
          if (payload === 'fatal') throw new FatalError('fatal');
          throw new Error(String(payload));
        },
        retryWhen: (error, { attempt }) =>
          (({ never: false, later: '9s', 'as usual': true })[(error as Error).message] as never) ?? attempt < 0,
        onSettled: ({ outcome }) => void told.push(outcome),
      }),
      defineHandler({
        type: 'prints',
        run: () => {
          console.log('printed %d', 7);
          console.error('badly');
        },
        onSettled: () => Promise.reject(new Error('not tidy')),
      }),
      defineHandler({ type: 'twice', run: () => 1 }),
    ];
    await platform.worker(
      handlers,
      {},
      {
        // The second gives way to that of the handlers that declare one.
        services: { shared: () => 'of the worker', first: () => ({ name: 'of the worker' }) },
        use: [
          async ({ context, payload }, next) => {
            if (context.job.type === 'twice') await next();
            const result = await next();
            return payload === 'changed' ? { changed: result } : result;
          },
        ],
      },
    );
  });
  afterAll(async () => {
    await platform.close();
    expect(told.filter((line) => line.endsWith('closed'))).toEqual([
      'shaky closed',
      'shaky closed',
      'second closed',
      'first closed',
    ]);
  });

  it('services are built once, at the first job', async () => {
    expect(told).not.toContain('first built');
    const ids = await platform.submitMany('uses', [1, 2, 3]);
    for (const id of ids) expect((await platform.finished(id)).result).toBe('first second');
    expect(told.filter((line) => line === 'first built')).toHaveLength(1);
  });

  it('a service that cannot be built fails the attempt, whatever retryWhen says, and is built at the next', async () => {
    const id = await platform.submit('shaky');
    const job = await platform.jobWhen(id, ({ status }) => status === 'RETRYING');
    expect(job.error).toMatchObject({
      code: 'SERVICE_NOT_BUILT',
      message: 'the service "shaky" could not be built: no connection',
      retryable: true,
    });
    expect((await platform.finished(await platform.submit('shaky'))).result).toBe('built');
  });

  it("handlers have the worker's services, and middleware around them that may change the result", async () => {
    const id = await platform.submit('plain', 'changed');
    expect((await platform.finished(id)).result).toEqual({ changed: { payload: 'changed', shared: 'of the worker' } });
  });

  it('middleware that runs the handler twice fails the attempt', async () => {
    const job = await platform.finished(await platform.submit('twice', null, { maxAttempts: 1 }));
    expect(job.error?.message).toBe('a middleware called next() twice in one attempt');
  });

  it('retryWhen decides whether and when an error is tried again, and onSettled hears how it ended', async () => {
    const submit = async (payload: string, maxAttempts = 5) =>
      await platform.submit('throws', payload, { maxAttempts });
    expect(await platform.finished(await submit('never'))).toMatchObject({ status: 'FAILED', reason: 'NON_RETRYABLE' });
    expect(told.at(-1)).toBe('failed');
    const later = await platform.jobWhen(await submit('later'), ({ status }) => status === 'RETRYING');
    expect(later.nextInMs).toBe(9_000);
    expect(told.at(-1)).toBe('retrying');
    const usual = await platform.jobWhen(await submit('as usual'), ({ status }) => status === 'RETRYING');
    expect(usual.nextInMs).toBeLessThanOrEqual(5_000);
    expect((await platform.finished(await submit('fatal'))).reason).toBe('NON_RETRYABLE');
    await platform.finished(await submit('as usual', 1));
    expect(told.at(-1)).toBe('failed');
  });

  it('what is printed with console is in the log of the job, and an onSettled that fails too', async () => {
    const id = await platform.submit('prints');
    expect((await platform.finished(id)).status).toBe('COMPLETED');
    expect(await messagesOf(platform, id)).toEqual(['printed 7', 'badly', 'onSettled failed: not tidy']);
  });
});
