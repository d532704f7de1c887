import { FatalError, RetryLater } from '@cloudtask/sdk/handler-errors';
import { expect, it } from 'vitest';
import { Attempt } from '../src/attempt.ts';
import { toLoaded } from '../src/load-handlers.ts';
import { runInline } from '../src/run-inline.ts';
import { claimedJob } from './support/claimed-job.ts';
import { noSubmits } from './support/no-submits.ts';
import { type LoggedLine, RecordingLogger } from './support/recording-logger.ts';

async function linesOf(error: unknown): Promise<LoggedLine[]> {
  const logger = new RecordingLogger();
  const run = () => {
    throw error;
  };
  const handler = toLoaded({ handler: { job: { type: 'test' }, run }, source: 'the test' });
  const attempt = new Attempt(claimedJob(), { token: 't', workerId: 1, unsettled: 1 }, handler, performance.now());
  await runInline({ clock: { now: () => Date.now() }, logger, logLevel: 'info', submitItems: noSubmits }, attempt);
  return logger.lines;
}

it('an error that a handler did not mean to throw is logged with its stack, and with its job', async () => {
  const error = new Error('rows.map is not a function');
  expect(await linesOf(error)).toMatchObject([
    { level: 'warn', fields: { err: error, jobId: expect.any(String), attempt: 1 } },
  ]);
});

it.each([new FatalError('the address is refused'), new RetryLater('1m')])(
  'an error that says what becomes of the job is for those who look closely: %s',
  async (error) => {
    expect((await linesOf(error)).map(({ level }) => level)).toEqual(['debug']);
  },
);
