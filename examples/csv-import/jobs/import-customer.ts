import { defineJob, jsonSchema, type PayloadOf } from '@cloudtask/sdk';

export const importCustomer = defineJob({
  type: 'customer.import',
  payload: jsonSchema<{ id: string; name: string; email: string; country: string }>({
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[0-9]+$' },
      name: { type: 'string', minLength: 1 },
      email: { type: 'string', pattern: '^[^\\s@]+@[^\\s@]+$' },
      country: { type: 'string', pattern: '^[A-Z]{2}$' },
    },
    required: ['id', 'name', 'email', 'country'],
  }),
  sensitive: ['/name', '/email'],
});

export type Customer = PayloadOf<typeof importCustomer>;
