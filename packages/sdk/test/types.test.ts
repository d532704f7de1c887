import { expectTypeOf, test } from 'vitest';
import type { CloudTask } from '../src/client.ts';
import type { Json } from '../src/contract.ts';
import { defineHandler } from '../src/define-handler.ts';
import { defineJob } from '../src/define-job.ts';
import type { Schema } from '../src/schema.ts';

const dated = null as unknown as Schema<{ at: string; n?: number }, { at: Date; n: number }>;
const sent = null as unknown as Schema<{ id: string }>;
const mail = defineJob({ type: 'mail', payload: dated, result: sent });
const thumb = defineHandler({ type: 'thumb', run: () => null });
const mailer = defineHandler(mail, () => ({ id: 'x' }));
const ct = null as unknown as CloudTask<{ mailer: typeof mailer; thumb: typeof thumb }>;
const untyped = null as unknown as CloudTask;

// Compiled by the type check, never called.
async function surface() {
  const job = await ct.jobs.create(mail, { at: '2026-01-01' });
  expectTypeOf(job.type).toEqualTypeOf<'mail'>();
  expectTypeOf(job.payload).toEqualTypeOf<{ at: string; n?: number }>();
  if (job.status === 'COMPLETED') expectTypeOf(job.result).toEqualTypeOf<{ id: string }>();

  // @ts-expect-error the wire form of `at` is text
  void ct.jobs.create(mail, { at: new Date() });

  expectTypeOf(await ct.jobs.run(mail, { at: '' })).toEqualTypeOf<{ id: string }>();
  expectTypeOf(await ct.jobs.create('mail', { at: '' }).result()).toEqualTypeOf<{ id: string }>();
  // @ts-expect-error `at` is missing
  void ct.jobs.create('mail', {});
  void ct.jobs.create('of.another.team', { any: ['json'] });
  void untyped.jobs.create('anything', 7);

  const end = await ct.jobs.create(mail, { at: '' }).wait();
  expectTypeOf(end.status).toEqualTypeOf<'COMPLETED' | 'FAILED' | 'CANCELLED' | 'EXPIRED'>();
  expectTypeOf(await untyped.jobs.run('anything')).toEqualTypeOf<Json>();

  for await (const one of ct.jobs.createMany(mail, [{ at: '' }, { payload: { at: '' }, options: { delay: '5m' } }])) {
    if (one.ok) expectTypeOf(one.job.payload.at).toEqualTypeOf<string>();
    else expectTypeOf(one.error.retryable).toEqualTypeOf<boolean>();
  }
}

test('the types of the surface hold', () => {
  expectTypeOf(surface).toBeFunction();
});
