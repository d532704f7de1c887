import { defineConfig } from '@cloudtask/sdk';

// The URL is a secret and comes from the environment: this file is kept in git.
const webhookUrl = process.env['SLACK_WEBHOOK_URL'] ?? '';

export default defineConfig({
  // Once it is published: ['cloudtask-plugin-slack', { webhookUrl, prefix: 'acme.' }]
  plugins: [['./index.ts', { webhookUrl, prefix: 'acme.' }]],
});
