import { defineJob } from '@cloudtask/sdk';
import * as v from 'valibot';

/** The contract: what the job takes and gives. It holds no handler code, so every program that submits the job imports it. */
export const hello = defineJob({
  type: 'hello',
  payload: v.object({ name: v.pipe(v.string(), v.minLength(1)) }),
  result: v.object({ text: v.string() }),
  maxAttempts: 3,
  timeout: '30s',
  examples: [{ name: 'Ada' }],
});
