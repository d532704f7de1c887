// handlers/email.ts
import { defineHandler, FatalError } from '@cloudtask/sdk';
import { sendEmail } from '../jobs/email.ts';

export default defineHandler(sendEmail, async ({ to, subject }, ctx) => {
  if (to.endsWith('@nowhere.example')) throw new FatalError('the address is refused', { code: 'ADDRESS_REFUSED' });
  ctx.log.info('sending', { subject });
  await ctx.sleep('100ms'); // ends at once when the job is cancelled or times out; `ctx.signal` does the same for fetch
  ctx.progress({ sent: 1 }, 'sent');
  return { messageId: `${ctx.job.id}@example.com` };
});
