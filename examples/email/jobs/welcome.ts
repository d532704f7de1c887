import { defineJob, jsonSchema } from '@cloudtask/sdk';

export const welcome = defineJob({
  type: 'welcome',
  description: 'Writes the first mail to somebody who has signed up.',
  payload: jsonSchema<{ to: string; name: string }>({
    type: 'object',
    properties: { to: { type: 'string', pattern: '^[^\\s@]+@[^\\s@]+$' }, name: { type: 'string', minLength: 1 } },
    required: ['to', 'name'],
    additionalProperties: false,
  }),
  result: jsonSchema<{ mailId: string }>({ type: 'object' }),
  // The command line and other views mask it.
  sensitive: ['/to'],
});
