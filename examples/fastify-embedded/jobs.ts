import { defineJob, jsonSchema } from '@cloudtask/sdk';

export const sendInvoice = defineJob({
  type: 'invoice.send',
  payload: jsonSchema<{ order: number }>({
    type: 'object',
    properties: { order: { type: 'integer' } },
    required: ['order'],
  }),
  result: jsonSchema<{ number: string }>({ type: 'object' }),
  // A queue of its own: workers elsewhere, which do not have this handler, are not offered its jobs.
  queue: 'invoices',
});
