import { defineHandler } from '@cloudtask/sdk/define-handler';
import { Type } from 'typebox';
import { payloadSchema } from '../compile-json-schema.ts';

/** Takes its time: for trying out queues, cancel and shutdown. */
export const sleepHandler = defineHandler({
  type: 'sleep',
  description: 'Sleeps for at most 300 seconds.',
  payload: payloadSchema(
    Type.Object({ seconds: Type.Number({ minimum: 0, maximum: 300 }) }, { additionalProperties: false }),
  ),
  async run({ seconds }, context) {
    await context.sleep(seconds * 1_000);
    return { slept: seconds };
  },
});
