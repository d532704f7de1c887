import { createTestClient } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import { addUp } from './add-up.ts';

test('numbers are added up', async () => {
  await using cloudtask = createTestClient({ handlers: [addUp], mode: 'inline' });
  expect(await cloudtask.jobs.run(addUp.job, [1, 2, 3])).toEqual({ sum: 6 });
});
