import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startPace } from '../src/live/pace.ts';

test('many changes are one frame, and none is drawn after the end', async () => {
  let frames = 0;
  const { promise: drawn, resolve } = Promise.withResolvers<void>();
  const pace = startPace(() => {
    frames += 1;
    resolve();
  });
  for (let n = 0; n < 50; n += 1) pace.changed();
  await drawn;
  expect(frames).toBe(1);
  pace.changed();
  pace.close();
  pace.changed();
  // Longer than a frame and the tick beside it.
  await pause(700);
  expect(frames).toBe(1);
});
