import { defineJob, jsonSchema } from '@cloudtask/sdk';

export const blur = defineJob({
  type: 'picture.blur',
  description: 'Blurs a picture of the folder PICTURES_DIR.',
  payload: jsonSchema<{ picture: string; radius: number }>({
    type: 'object',
    properties: {
      // A name and no path: whoever may submit jobs must not reach other files.
      picture: { type: 'string', pattern: '^[a-z0-9-]{1,60}$' },
      radius: { type: 'integer', minimum: 1, maximum: 50 },
    },
    required: ['picture', 'radius'],
    additionalProperties: false,
  }),
  result: jsonSchema<{ file: string; rows: number }>({ type: 'object' }),
  timeout: '10m',
  backoff: { kind: 'fixed', delay: '1s' },
});
