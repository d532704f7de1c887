import { defineHandler, jsonSchema } from '@cloudtask/sdk';

const STEPS = 5;

export default defineHandler({
  type: 'demo.report',
  description: 'Takes some seconds, and says how far it is.',
  payload: jsonSchema<{ month: string }>({
    type: 'object',
    properties: { month: { type: 'string', pattern: '^\\d{4}-\\d{2}$' } },
    required: ['month'],
  }),
  examples: [{ month: '2026-10' }],
  async run({ month }, { progress, sleep }) {
    for (let step = 1; step <= STEPS; step += 1) {
      await sleep('800ms');
      progress((100 * step) / STEPS, `chart ${step} of ${STEPS}`);
    }
    return { month, charts: STEPS };
  },
});
