import { defineJob } from '@cloudtask/sdk';
import { z } from 'zod';

/** The contract: what the job takes and gives. It holds no handler code, so every program that submits the job imports it. */
export const hello = defineJob({
  type: 'hello',
  payload: z.object({ name: z.string().min(1) }),
  result: z.object({ text: z.string() }),
  maxAttempts: 3,
  timeout: '30s',
  examples: [{ name: 'Ada' }],
});
