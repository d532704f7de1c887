// jobs/email.ts — the contract. No handler code: safe to import from a web app or the browser.
import { defineJob } from '@cloudtask/sdk';
import { z } from 'zod'; // or arktype, valibot, effect: any Standard Schema

export const sendEmail = defineJob({
  type: 'email.send',
  payload: z.object({ to: z.email(), subject: z.string().min(1), at: z.iso.datetime().optional() }),
  result: z.object({ messageId: z.string() }),
  maxAttempts: 5,
  backoff: { kind: 'exponential', delay: '1s', maxDelay: '5m' },
  timeout: '30s',
  queue: 'mail',
  sensitive: ['/to'],
});
