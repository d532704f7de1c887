import { expect, it } from 'vitest';
import { readSeldom } from '../../src/scheduler/read-seldom.ts';

function reader({ patienceMs = 1_000, takesMs = 0 } = {}) {
  const time = { now: 0 };
  const asked: number[] = [];
  let answer: () => Promise<number> = async () => {
    asked.push(time.now);
    time.now += takesMs;
    return asked.length;
  };
  const read = readSeldom(() => answer(), { freshMs: 5_000, patienceMs, now: () => time.now });
  return { read, time, asked, answerWith: (next: () => Promise<number>) => (answer = next) };
}

it('gives the same answer for as long as it is fresh, and then asks again', async () => {
  const { read, time, asked } = reader();
  expect(await read()).toBe(1);
  time.now = 4_999;
  expect(await read()).toBe(1);
  time.now = 5_000;
  expect(await read()).toBe(2);
  expect(asked).toEqual([0, 5_000]);
});

it('asks once for all who ask at the same time', async () => {
  const { read, asked } = reader();
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  expect(asked).toHaveLength(1);
});

it('asks less often for what is slow: two hundredths of the time at the most', async () => {
  const { read, time, asked } = reader({ takesMs: 400 });
  await read();
  time.now = 400 + 19_999;
  expect(await read()).toBe(1);
  time.now = 400 + 20_000;
  expect(await read()).toBe(2);
  expect(asked).toEqual([0, 20_400]);
});

it('asks again within a minute also after a question that was held up', async () => {
  const { read, time, asked } = reader({ takesMs: 20_000 });
  await read();
  time.now = 20_000 + 59_999;
  expect(await read()).toBe(1);
  time.now = 20_000 + 60_000;
  expect(await read()).toBe(2);
  expect(asked).toEqual([0, 80_000]);
});

it('says nothing when the question fails, and asks again the next time', async () => {
  const { read, answerWith } = reader();
  answerWith(async () => {
    throw new Error('away');
  });
  expect(await read()).toBeUndefined();
  answerWith(async () => 7);
  expect(await read()).toBe(7);
});

it('says nothing when the answer takes too long; whoever asks next gets the same one', async () => {
  const { read, answerWith } = reader({ patienceMs: 1 });
  let answerNow: (value: number) => void = () => {};
  answerWith(() => new Promise((resolve) => (answerNow = resolve)));
  expect(await read()).toBeUndefined();
  answerWith(() => Promise.reject(new Error('asked a second time')));
  const second = read();
  answerNow(7);
  expect(await second).toBe(7);
});
