import { defineHandler, jsonSchema } from '@cloudtask/sdk';

export default defineHandler({
  type: 'demo.weather',
  description: 'Fails at its first attempt, on purpose: see how it is tried again.',
  payload: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string', minLength: 1 } },
    required: ['city'],
  }),
  examples: [{ city: 'Berlin' }],
  async run({ city }, { attempt, sleep }) {
    await sleep('200ms');
    if (attempt === 1) throw new Error('the weather service does not answer (on purpose)');
    return { city, weather: 'sunny' };
  },
});
