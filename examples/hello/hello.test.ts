import { runHandler } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import handler from './handlers/hello.ts';

test('somebody with a name is greeted', async () => {
  expect(await runHandler(handler, { name: 'Ada' })).toMatchObject({ outcome: 'completed', result: 'Hello Ada' });
});

test('nobody is greeted without a name', async () => {
  expect(await runHandler(handler, { name: '' })).toMatchObject({
    outcome: 'failed',
    error: { reason: 'INVALID_PAYLOAD' },
  });
});
