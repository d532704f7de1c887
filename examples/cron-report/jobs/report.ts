import { defineJob, jsonSchema } from '@cloudtask/sdk';

export const salesReport = defineJob({
  type: 'report.sales',
  description: 'Adds up what was sold since the report before it.',
  payload: jsonSchema<{ shop: string }>({
    type: 'object',
    properties: { shop: { type: 'string', minLength: 1 } },
    required: ['shop'],
  }),
  result: jsonSchema<{ from: string; to: string; hours: number }>({ type: 'object' }),
});
