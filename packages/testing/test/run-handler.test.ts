import { defineHandler, defineJob, FatalError, type Handler, jsonSchema, RetryLater, Snooze } from '@cloudtask/sdk';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runHandler } from '../src/run-handler.ts';
import { createTestClock } from '../src/test-clock.ts';

const resize = defineJob({
  type: 'image.resize',
  payload: z.object({ width: z.number().int(), at: z.iso.datetime().optional() }),
  result: z.object({ path: z.string() }),
  maxAttempts: 3,
  backoff: { kind: 'linear', delay: '10s' },
});
const resizer = defineHandler(resize, ({ width }) => ({ path: `/${width}.png` }));

/** A handler that does this, without schemas. */
const doing = (run: Handler['run']) =>
  defineHandler({ type: 'try', maxAttempts: 3, backoff: { kind: 'linear', delay: '10s' }, run });

describe('how it ends', () => {
  it('completed, with the result as it would be stored', async () => {
    expect(await runHandler(resizer, { width: 10 })).toEqual({
      outcome: 'completed',
      result: { path: '/10.png' },
      logs: [],
      progress: [],
      checkpoints: [],
      children: [],
    });
  });

  it('retrying, after the longest delay of the backoff', async () => {
    const refused = doing(() => {
      throw Object.assign(new Error('busy'), { code: 'BUSY' });
    });
    const run = await runHandler(refused, {}, { attempt: 2 });
    expect(run).toMatchObject({
      outcome: 'retrying',
      retryIn: 20_000,
      error: { message: 'busy', code: 'BUSY', reason: 'ERROR' },
    });
    expect(run.error?.cause).toBeInstanceOf(Error);
  });

  it('failed: after the last attempt, for good, with a payload or a result that is refused', async () => {
    const busy = doing(() => Promise.reject(new Error('busy')));
    expect(await runHandler(busy, {}, { attempt: 3 })).toMatchObject({ outcome: 'failed' });
    const fatal = doing(() => Promise.reject(new FatalError('no such address', { code: 'ADDRESS_REFUSED' })));
    expect(await runHandler(fatal, {})).toMatchObject({ outcome: 'failed', error: { code: 'ADDRESS_REFUSED' } });
    expect(await runHandler(resizer, { width: 1.5 })).toMatchObject({
      outcome: 'failed',
      error: { reason: 'INVALID_PAYLOAD', message: expect.stringContaining('/width') },
    });
    const wrong = defineHandler(resize, () => ({ path: 1 }) as never);
    expect(await runHandler(wrong, { width: 1 })).toMatchObject({
      outcome: 'failed',
      error: { reason: 'RESULT_NOT_STORABLE' },
    });
  });

  it('retrying or snoozed after the delay that the handler chooses', async () => {
    const later = doing(() => Promise.reject(new RetryLater('90s')));
    expect(await runHandler(later, {})).toMatchObject({ outcome: 'retrying', retryIn: 90_000 });
    const snoozed = doing(() => Promise.reject(new Snooze('2m')));
    expect(await runHandler(snoozed, {})).toMatchObject({ outcome: 'snoozed', retryIn: 120_000 });
  });

  it('cancelled: by a signal, or after a time, which a sleep reaches without waiting', async () => {
    const patient = doing(async (_payload, { sleep }) => {
      await sleep('1h');
    });
    expect(await runHandler(patient, {}, { signal: AbortSignal.abort() })).toMatchObject({ outcome: 'cancelled' });
    const clock = createTestClock(new Date(0));
    expect(await runHandler(patient, {}, { cancelAfter: '10m', clock })).toMatchObject({ outcome: 'cancelled' });
    expect(clock.now()).toEqual(new Date(600_000));
    // Each run has a signal of its own.
    expect(await runHandler(patient, {}, { clock })).toMatchObject({
      outcome: 'retrying',
      error: { reason: 'TIMEOUT' },
    });
  });

  it('a handler that is told to stop and goes on is named', async () => {
    const deaf = doing(() => new Promise(() => {}));
    await expect(runHandler(deaf, {}, { cancelAfter: 1 })).rejects.toThrow(
      'the handler of "try" went on for 1000 ms after it was told to stop: pass context.signal on',
    );
  });
});

it('the handler finds services, its attempt, a time that it can pass, and where to go on; and what it says is kept', async () => {
  const clock = createTestClock(new Date('2026-03-01T00:00:00Z'));
  const talks = doing(async (_payload, context) => {
    const { log, progress, checkpoint, sleep, attempt, isLastAttempt, deadline, resumeFrom, job } = context;
    const { name } = (context as unknown as { services: { name: string } }).services;
    const from = resumeFrom<{ row: number }>();
    log.warn(`hello ${name}`, { attempt, isLastAttempt });
    await sleep('10m');
    progress(50, 'half');
    progress({ row: 7 });
    checkpoint({ row: 7 });
    log.debug('done', { from, tags: job.tags, deadline });
  });
  const options = { attempt: 3, services: { name: 'Ada' }, resumeFrom: { row: 3 }, tags: ['nightly'], clock };
  const run = await runHandler(talks, {}, options);
  expect(run.logs).toEqual([
    { level: 'warn', message: 'hello Ada', fields: { attempt: 3, isLastAttempt: true } },
    {
      level: 'debug',
      message: 'done',
      fields: { from: { row: 3 }, tags: ['nightly'], deadline: '2026-03-01T00:15:00.000Z' },
    },
  ]);
  expect(run.progress).toEqual([{ percent: 50, message: 'half' }, { data: { row: 7 } }]);
  expect(run.checkpoints).toEqual([{ row: 7 }]);
  expect(clock.now()).toEqual(new Date('2026-03-01T00:10:00Z'));
});

describe('strict JSON', () => {
  const echo = defineHandler({
    type: 'echo',
    payload: jsonSchema<unknown>({}),
    run: (payload) => ((payload as { give?: string })?.give === 'date' ? { at: new Date(0) } : payload),
  });

  it.each([
    [{ at: new Date(0) }, '/at is a Date and becomes a string'],
    [{ list: [1, Number.NaN] }, '/list/1 is NaN and becomes null'],
    [{ tags: new Set(['a']) }, '/tags is a Set and becomes a plain object'],
    [{ n: 1n }, '/n is a bigint'],
    [{ list: [undefined] }, '/list/0 is undefined and gets lost'],
    [() => 1, 'it is a function and gets lost'],
  ])('the payload %o is refused', async (payload, why) => {
    await expect(runHandler(echo, payload)).rejects.toThrow(
      `the payload for "echo" would not be the same after JSON: ${why}`,
    );
  });

  it('a result is refused too, but not a member that is undefined; and all pass when it is off', async () => {
    await expect(runHandler(echo, { give: 'date' })).rejects.toThrow('the result of "echo"');
    expect(await runHandler(echo, { a: 1, b: undefined })).toMatchObject({ outcome: 'completed', result: { a: 1 } });
    const lax = { strictJson: false };
    expect(await runHandler(echo, { at: new Date(0) }, lax)).toMatchObject({
      result: { at: '1970-01-01T00:00:00.000Z' },
    });
    expect(await runHandler(echo, { give: 'date' }, lax)).toMatchObject({ result: { at: '1970-01-01T00:00:00.000Z' } });
  });
});

it('an attempt that the job would not have is refused', async () => {
  await expect(runHandler(resizer, { width: 1 }, { attempt: 4 })).rejects.toThrow('has the attempts 1 to 3');
});
