import { defineJob, jsonSchema } from '@cloudtask/sdk';

export const hello = defineJob({
  type: 'hello',
  payload: jsonSchema<{ name: string }>({
    type: 'object',
    properties: { name: { type: 'string', minLength: 1 } },
    required: ['name'],
  }),
  result: jsonSchema<string>({ type: 'string' }),
});
