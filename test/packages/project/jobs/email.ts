// jobs/email.ts
import { defineJob } from '@cloudtask/sdk';
import { z } from 'zod';

export const sendEmail = defineJob({
  type: 'email.send',
  payload: z.object({ to: z.email(), subject: z.string().min(1), at: z.iso.datetime().optional() }),
  result: z.object({ messageId: z.string() }),
  progress: z.object({ sent: z.number() }),
  maxAttempts: 3,
  timeout: '30s',
  sensitive: ['/to'],
  examples: [{ to: 'ada@example.com', subject: 'Hello' }],
});
