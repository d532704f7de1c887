import { createHandlers, definePlugin, FatalError, jsonSchema, RetryLater, type ServiceContext } from '@cloudtask/sdk';
import { slackMessage } from './jobs.ts';

interface Options {
  webhookUrl: string;
}

const { defineHandler } = createHandlers({
  services: {
    post: ({ config: { webhookUrl } }: ServiceContext<Options>) => {
      return (text: string, signal: AbortSignal) =>
        fetch(webhookUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
          signal,
        });
    },
  },
});

const message = defineHandler(slackMessage, async ({ text }, { services, signal }) => {
  const answer = await services.post(text, signal);
  if (answer.ok) return { posted: true };
  // Slack says in seconds how long to leave it alone.
  if (answer.status === 429) throw new RetryLater(Number(answer.headers.get('retry-after') ?? 30) * 1_000);
  const reason = `Slack answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`;
  // A wrong message or webhook stays wrong; trouble on their side passes.
  if (answer.status < 500) throw new FatalError(reason, { code: 'SLACK_REFUSED' });
  throw new Error(reason);
});

export default definePlugin({
  name: 'slack',
  version: '1.0.0',
  apiVersion: 1,
  handlers: [message],
  configSchema: jsonSchema<Options>({
    type: 'object',
    properties: { webhookUrl: { type: 'string', pattern: '^https?://' } },
    required: ['webhookUrl'],
    additionalProperties: false,
  }),
});
