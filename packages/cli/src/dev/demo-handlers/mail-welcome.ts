import { defineHandler, jsonSchema } from '@cloudtask/sdk';

export default defineHandler({
  type: 'demo.welcome',
  description: 'Greets somebody.',
  payload: jsonSchema<{ name: string }>({
    type: 'object',
    properties: { name: { type: 'string', minLength: 1 } },
    required: ['name'],
  }),
  examples: [{ name: 'Ada' }],
  async run({ name }, { log, sleep }) {
    log.info('greeting', { name });
    await sleep('300ms');
    return { text: `Hello ${name}` };
  },
});
