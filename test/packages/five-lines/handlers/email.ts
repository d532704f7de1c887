// handlers/email.ts — runs in a worker
import { defineHandler, FatalError, RetryLater } from '@cloudtask/sdk';
import { sendEmail } from '../jobs/email.ts';

const API = process.env['MAIL_API'] ?? '';

export default defineHandler(sendEmail, async (payload, ctx) => {
  const res = await fetch(API, { method: 'POST', body: JSON.stringify(payload), signal: ctx.signal }); // cancel, timeout, shutdown
  if (res.status === 400) throw new FatalError('address refused', { code: 'ADDRESS_REFUSED' }); // no more attempts
  if (res.status === 429) throw new RetryLater(Number(res.headers.get('retry-after')) * 1000);
  ctx.progress(100, 'sent');
  return { messageId: (await res.json()).id };
});
