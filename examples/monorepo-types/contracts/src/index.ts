import { defineJob, jsonSchema } from '@cloudtask/sdk';

export interface Order {
  id: string;
  cents: number;
}

export const bill = defineJob({
  type: 'order.bill',
  description: 'Writes the bill of an order.',
  payload: jsonSchema<Order>({
    type: 'object',
    properties: { id: { type: 'string', minLength: 1 }, cents: { type: 'integer', minimum: 1 } },
    required: ['id', 'cents'],
    additionalProperties: false,
  }),
  result: jsonSchema<{ number: string; total: string }>({
    type: 'object',
    properties: { number: { type: 'string' }, total: { type: 'string' } },
    required: ['number', 'total'],
  }),
});
