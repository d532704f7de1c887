import { defineJob, jsonSchema } from '@cloudtask/sdk';

/** What programs that submit it import: no handler code comes with it. */
export const slackMessage = defineJob({
  type: 'slack.message',
  description: 'Posts a message to a Slack channel.',
  payload: jsonSchema<{ text: string }>({
    type: 'object',
    properties: { text: { type: 'string', minLength: 1, maxLength: 4000 } },
    required: ['text'],
    additionalProperties: false,
  }),
  timeout: '30s',
});
