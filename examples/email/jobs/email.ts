import { defineJob, jsonSchema } from '@cloudtask/sdk';

/** Every worker has a handler for it: it sends by SMTP or, where no mail server is set, writes into the mail folder. */
export const email = defineJob({
  type: 'email',
  payload: jsonSchema<{ to: string; subject: string; text: string }>({ type: 'object' }),
  result: jsonSchema<{ messageId: string; file?: string }>({ type: 'object' }),
});
