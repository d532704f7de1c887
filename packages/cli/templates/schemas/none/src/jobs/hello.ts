import { defineJob, jsonSchema } from '@cloudtask/sdk';

/** The contract: what the job takes and gives. It holds no handler code, so every program that submits the job imports it. */
export const hello = defineJob({
  type: 'hello',
  payload: jsonSchema<{ name: string }>({
    type: 'object',
    properties: { name: { type: 'string', minLength: 1 } },
    required: ['name'],
  }),
  result: jsonSchema<{ text: string }>({
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
  }),
  maxAttempts: 3,
  timeout: '30s',
  examples: [{ name: 'Ada' }],
});
