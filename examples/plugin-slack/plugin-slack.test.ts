import { runHandler } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import slack from './index.ts';

const [message] = slack.handlers;

/** The handler, with a Slack that answers so. */
const post = (answer: Response, run = message) => {
  if (!run) throw new Error('the plugin has no handler');
  return runHandler(run, { text: 'Deployed' }, { services: { post: async () => answer } });
};

test('a message that Slack takes is posted', async () => {
  expect(await post(new Response('ok'))).toMatchObject({ outcome: 'completed', result: { posted: true } });
});

test('Slack decides when to try again', async () => {
  const busy = new Response('slow down', { status: 429, headers: { 'retry-after': '7' } });
  expect(await post(busy)).toMatchObject({ outcome: 'retrying', retryIn: 7_000 });
});

test('a webhook that Slack does not know is given up at once', async () => {
  const refused = await post(new Response('no_service', { status: 404 }));
  expect(refused).toMatchObject({ outcome: 'failed', error: { code: 'SLACK_REFUSED' } });
});

test('trouble at Slack passes: the job is tried again', async () => {
  expect((await post(new Response('oops', { status: 503 }))).outcome).toBe('retrying');
});
