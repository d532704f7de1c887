// Compiled by TypeScript 5.4, 5.9 and the repository's own; never run.
import { CloudTask, defineHandler, defineJob, FatalError, type Job, Snooze, WaitTimeoutError } from '@cloudtask/sdk';
import { z } from 'zod';
import { same } from './same.ts';

export const sendEmail = defineJob({
  type: 'email.send',
  payload: z.object({
    to: z.string(),
    at: z.iso
      .datetime()
      .transform((text) => new Date(text))
      .optional(),
    copies: z.number().default(1),
  }),
  result: z.object({ messageId: z.string() }),
  progress: z.object({ sent: z.number() }),
  backoff: { kind: 'fixed', delay: '1s' },
  timeout: '30s',
  sensitive: ['/to'],
  examples: [{ to: 'ada@example.com' }],
});

// @ts-expect-error an example has to fit
defineJob({ type: 'email.send', payload: z.object({ to: z.string() }), examples: [{ to: 7 }] });
// @ts-expect-error the old name of `payload`
defineJob({ type: 'email.send', input: z.object({ to: z.string() }) });

// The handler gets what the schema makes of the payload, and returns what goes into the schema of the result.
export const emailHandler = defineHandler(sendEmail, async (payload, ctx) => {
  same<typeof payload.at, Date | undefined>(true);
  same<typeof payload.copies, number>(true);
  ctx.progress({ sent: 1 });
  ctx.progress(50, 'half');
  // @ts-expect-error no such progress
  ctx.progress({ snt: 1 });
  if (ctx.attempt > 3) throw new FatalError('no', { code: 'NO' });
  if (ctx.signal.aborted) throw new Snooze('5m');
  return { messageId: 'm' };
});
// @ts-expect-error the result needs a messageId
defineHandler(sendEmail, async () => ({ nope: 1 }));

export const thumbHandler = defineHandler({
  type: 'image.thumb',
  payload: z.object({ url: z.string() }),
  progress: z.object({ rows: z.number() }),
  run: (payload, ctx) => {
    same<typeof payload, { url: string }>(true);
    // @ts-expect-error no such progress
    ctx.progress({ columns: 1 });
    return { anything: true };
  },
});

const handlers = { emailHandler, thumbHandler };
const ct = new CloudTask<typeof handlers>({ url: 'http://localhost:8080', auth: 'token' });

export async function surface(): Promise<void> {
  const job = await ct.jobs.create(sendEmail, { to: 'a', at: '2026-01-01T00:00:00Z' }, { delay: '5m' });
  same<typeof job.type, 'email.send'>(true);
  if (job.status === 'COMPLETED') same<typeof job.result, { messageId: string }>(true);
  else same<typeof job.result, null>(true);
  const data = job.progress?.data;
  same<typeof data, { sent: number } | null | undefined>(true);

  // @ts-expect-error a Date is not the form that crosses the wire
  void ct.jobs.create(sendEmail, { to: 'a', at: new Date() });
  // @ts-expect-error `to` is missing
  void ct.jobs.create('email.send', {});
  void ct.jobs.create('of.another.team', { any: ['json'] });

  const byName = await ct.jobs.create('email.send', { to: 'z' }).result({ timeout: '30s' });
  same<typeof byName, { messageId: string }>(true);
  const ran = await ct.jobs.run(sendEmail, { to: 'a' });
  same<typeof ran, { messageId: string }>(true);
  const end = await ct.jobs.create(sendEmail, { to: 'a' }).wait();
  same<typeof end.status, 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'EXPIRED'>(true);

  for await (const event of ct.jobs.create(sendEmail, { to: 'q' }).watch()) {
    if (event.kind === 'progress') same<typeof event.data, { sent: number } | null>(true);
    else if (event.kind === 'log') same<typeof event.message, string>(true);
    else if (event.job.status === 'COMPLETED') same<typeof event.job.result, { messageId: string }>(true);
  }
  const { data: got, response } = await ct.jobs.get<typeof sendEmail>('id').withResponse();
  same<typeof response.requestId, string | null>(true);
  same<typeof got.payload.to, string>(true);

  const many = ct.jobs.createMany(sendEmail, [{ to: 'a' }, { payload: { to: 'b' }, options: { delay: '1m' } }]);
  for await (const one of many) {
    if (one.ok) same<typeof one.job.payload.to, string>(true);
    else same<typeof one.error.retryable, boolean>(true);
  }
  const some: Job[] = await ct.jobs.list({ status: ['FAILED', 'RETRYING'] }).toArray({ limit: 100 });
  some.at(-1);

  await ct.schedules.create({ name: 'daily', job: sendEmail, payload: { to: 'a' }, cron: '0 9 * * *' });
  // @ts-expect-error the payload of a schedule has to fit too
  await ct.schedules.create({ name: 'daily', job: sendEmail, payload: { to: 1 }, cron: '0 9 * * *' });

  try {
    await ct.jobs.wait('id', { timeout: '5s' });
  } catch (error) {
    if (error instanceof WaitTimeoutError) same<typeof error.job, Job>(true);
  }
}
