// Compiled by TypeScript 5.4, 5.9 and the repository's own; never run.
import { CloudTask, defineHandler, defineJob } from '@cloudtask/sdk';
import * as v from 'valibot';
import { same } from './same.ts';

const mail = defineJob({
  type: 'mail',
  payload: v.object({
    to: v.string(),
    copies: v.optional(v.number(), 1),
    at: v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
  }),
  result: v.object({ id: v.string() }),
  progress: v.object({ sent: v.number() }),
});

export const mailHandler = defineHandler(mail, (payload, ctx) => {
  same<typeof payload.at, Date>(true);
  same<typeof payload.copies, number>(true);
  ctx.progress({ sent: payload.copies });
  // @ts-expect-error no such progress
  ctx.progress({ sent: 'one' });
  return { id: payload.to };
});
// @ts-expect-error the result needs an id
defineHandler(mail, () => ({ number: 1 }));

const ct = new CloudTask<{ mailHandler: typeof mailHandler }>();

export async function surface(): Promise<void> {
  const result = await ct.jobs.run(mail, { to: 'a', at: '2026-01-01' });
  same<typeof result, { id: string }>(true);
  const byName = await ct.jobs.run('mail', { to: 'a', at: '2026-01-01' });
  same<typeof byName, { id: string }>(true);
  // @ts-expect-error a Date is not the form that crosses the wire
  void ct.jobs.create(mail, { to: 'a', at: new Date() });
  // @ts-expect-error `to` is a text
  void ct.jobs.create('mail', { to: 1, at: '2026-01-01' });
}
