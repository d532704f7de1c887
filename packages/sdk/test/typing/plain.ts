// Compiled by TypeScript 5.4, 5.9 and the repository's own; never run.
import { CloudTask, defineHandler, defineJob, type Handler, type Json, jsonSchema } from '@cloudtask/sdk';
import { same } from './same.ts';

const count = defineJob({
  type: 'count',
  payload: jsonSchema<{ upTo: number; step?: number }>({ type: 'object', required: ['upTo'] }),
  result: jsonSchema<{ sum: number }>({ type: 'object' }),
  progress: jsonSchema<{ at: number }>({ type: 'object' }),
});
const untyped = defineJob({ type: 'untyped' });

export const counter = defineHandler(count, ({ upTo, step = 1 }, ctx) => {
  ctx.progress({ at: step });
  // @ts-expect-error no such progress
  ctx.progress({ at: 'three' });
  return { sum: upTo };
});
export const open = defineHandler(untyped, (payload, ctx) => {
  same<typeof payload, Json>(true);
  ctx.progress({ anything: true });
});
// @ts-expect-error the result needs a sum
defineHandler(count, () => ({ total: 1 }));

// What takes handlers takes those with schemas too.
export const all: readonly Handler[] = [counter, open];

const ct = new CloudTask<{ counter: typeof counter; open: typeof open }>();
const nobody = new CloudTask<object>();

export async function surface(): Promise<void> {
  const result = await ct.jobs.run(count, { upTo: 3 });
  same<typeof result, { sum: number }>(true);
  const byName = await ct.jobs.run('count', { upTo: 3, step: 2 });
  same<typeof byName, { sum: number }>(true);
  // @ts-expect-error `upTo` is a number
  void ct.jobs.create(count, { upTo: 'three' });
  // @ts-expect-error `upTo` is missing
  void ct.jobs.create('count', { step: 1 });
  const json = await nobody.jobs.run('anything', [1, { two: null }]);
  same<typeof json, Json>(true);
  // @ts-expect-error not JSON
  void nobody.jobs.create('anything', { at: new Date() });
}
