import { systemClock } from '@cloudtask/core/clock';
import { JsonText } from '@cloudtask/core/protocol/journal';
import { expect, it } from 'vitest';
import { Attempt } from '../src/attempt.ts';
import { AttemptNotes, type NotesKeeper } from '../src/attempt-notes.ts';
import { JOURNAL_LIMITS, MOST_WAITING_BYTES } from '../src/journal-limits.ts';
import { claimedJob } from './support/claimed-job.ts';
import { RecordingLogger } from './support/recording-logger.ts';

function notes(waitingBytes = 0) {
  const news: boolean[] = [];
  const keeper: NotesKeeper = {
    clock: systemClock,
    logger: new RecordingLogger(),
    waitingBytes,
    patienceMs: 8_000,
    hasNews: (_, isUrgent) => news.push(isUrgent),
  };
  const claim = { token: 't', workerId: 1, unsettled: 1 };
  const handler = { type: 'any', run: () => null, source: '' };
  const attempt = new Attempt(claimedJob(), claim, handler, 0);
  return { said: new AttemptNotes(attempt, keeper), keeper, news };
}

it('notes of an attempt that said nothing let its end pass at once', () => {
  const { said, news } = notes();
  let hasPassed = false;
  said.end(() => {
    hasPassed = true;
  });
  expect([hasPassed, news]).toEqual([true, []]);
});

it('notes hold the end until all is written, also what was said while a page was under way', () => {
  const { said, keeper } = notes();
  let hasPassed = false;
  said.log('info', 'one');
  said.checkpoint({ at: 1 });
  const first = said.page();
  said.log('info', 'two');
  said.checkpoint({ at: 2 });
  said.end(() => {
    hasPassed = true;
  });
  said.written(first);
  expect(hasPassed).toBe(false);
  const second = said.page();
  expect(second).toMatchObject({ checkpoint: { state: new JsonText('{"at":2}') }, logs: [{ n: 3, message: 'two' }] });
  said.written(second);
  expect([hasPassed, keeper.waitingBytes]).toEqual([true, 0]);
});

it('notes have a limit of bytes per attempt, and name what is missing last', () => {
  const { said } = notes();
  for (let n = 0; n < 100; n += 1) said.log('info', 'x'.repeat(15_000));
  said.end(() => {});
  const { logs } = said.page();
  expect(logs).toHaveLength(Math.floor(JOURNAL_LIMITS.logBytes / 15_000) + 1);
  expect(logs.at(-1)).toMatchObject({ level: 'warn', message: expect.stringMatching(/^31 more lines were dropped/) });
});

it('notes take nothing more while a worker has too much to write, and go on when it has not', () => {
  const { said, keeper } = notes(MOST_WAITING_BYTES - 160);
  said.log('info', 'short');
  said.log('info', 'too long by now');
  said.checkpoint({ state: 'too long too' });
  expect(said.page()).toMatchObject({ checkpoint: undefined, logs: [{ message: 'short' }] });
  keeper.waitingBytes = 0;
  said.log('info', 'room again');
  said.end(() => {});
  const messages = said.page().logs.map(({ message }) => message);
  expect(messages.slice(0, 2)).toEqual(['short', 'room again']);
  expect(messages[2]).toBe('2 more lines were dropped: too much waited in the worker to be written');
});

it('notes keep the text of values, which takes the memory that is counted', () => {
  const { said, keeper } = notes();
  const manySmall = Array.from({ length: 20_000 }, () => ({}));
  said.progress(manySmall);
  said.checkpoint(manySmall);
  said.log('info', 'line', { manySmall: Array.from({ length: 40 }, () => ({})) });
  const { progress, checkpoint, logs } = said.page();
  const kept = [progress?.data, checkpoint?.state, logs[0]?.fields] as JsonText[];
  expect(kept.every((value) => value instanceof JsonText)).toBe(true);
  expect(kept.reduce((sum, { text }) => sum + text.length, 0) + 'line'.length + 150).toBe(keeper.waitingBytes);
});

it('notes name both reasons for which lines are missing', () => {
  const { said, keeper } = notes(MOST_WAITING_BYTES);
  said.log('info', 'no room in the worker');
  keeper.waitingBytes = 0;
  said.dropped(3);
  said.end(() => {});
  const why = '3 because 10000 lines and 1048576 bytes of them are kept of an attempt, 1 because too much waited';
  expect(said.page().logs.map(({ message }) => message)).toEqual([
    `4 more lines were dropped: ${why} in the worker to be written`,
  ]);
});

it('notes that were discarded say nothing any more, not even what is missing', () => {
  const { said, keeper } = notes(MOST_WAITING_BYTES);
  said.log('info', 'no room in the worker');
  said.discard();
  let hasPassed = false;
  said.end(() => {
    hasPassed = true;
  });
  expect([hasPassed, said.isEmpty, keeper.waitingBytes]).toEqual([true, true, MOST_WAITING_BYTES]);
});
