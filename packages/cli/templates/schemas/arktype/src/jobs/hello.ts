import { defineJob } from '@cloudtask/sdk';
import { type } from 'arktype';

/** The contract: what the job takes and gives. It holds no handler code, so every program that submits the job imports it. */
export const hello = defineJob({
  type: 'hello',
  payload: type({ name: 'string >= 1' }),
  result: type({ text: 'string' }),
  maxAttempts: 3,
  timeout: '30s',
  examples: [{ name: 'Ada' }],
});
