import { defineHandler, jsonSchema } from '@cloudtask/sdk';

export const addUp = defineHandler({
  type: 'add-up',
  payload: jsonSchema<number[]>({ type: 'array', items: { type: 'number' } }),
  result: jsonSchema<{ sum: number }>({ type: 'object' }),
  run: (numbers) => ({ sum: numbers.reduce((sum, number) => sum + number, 0) }),
});
