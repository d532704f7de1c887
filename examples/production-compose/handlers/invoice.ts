import { defineHandler, jsonSchema } from '@cloudtask/sdk';

export default defineHandler({
  type: 'invoice.number',
  payload: jsonSchema<{ order: number }>({
    type: 'object',
    properties: { order: { type: 'integer', minimum: 1 } },
    required: ['order'],
  }),
  run: ({ order }) => ({ number: `INV-${String(order).padStart(6, '0')}` }),
});
