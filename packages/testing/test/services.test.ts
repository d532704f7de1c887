import { createHandlers, defineJob } from '@cloudtask/sdk';
import { expect, it } from 'vitest';
import { createTestClient, runHandler } from '../src/index.ts';

const built: string[] = [];
const { defineHandler } = createHandlers({
  services: {
    mail: () => {
      built.push('mail');
      return { send: (to: string) => `really sent to ${to}` };
    },
    clock: () => {
      built.push('clock');
      return 'noon';
    },
  },
});
const handler = defineHandler(
  defineJob({ type: 'mail' }),
  async (_, { services }) => `${services.mail.send('ada')} at ${services.clock}`,
  { retryWhen: () => '7s' },
);
const mail = { send: (to: string) => `kept for ${to}` };

it('a service with a stand-in is not built, the others are', async () => {
  built.length = 0;
  await using ct = createTestClient({ handlers: [handler], mode: 'inline', services: { mail } });
  expect(await ct.jobs.run('mail', null)).toBe('kept for ada at noon');
  expect(built).toEqual(['clock']);
});

it('a handler that is run alone has the services that it is given, and its own rule for retries', async () => {
  built.length = 0;
  const run = await runHandler(handler, null, { services: { mail, clock: 'dusk' } });
  expect(run).toMatchObject({ outcome: 'completed', result: 'kept for ada at dusk' });
  expect(await runHandler(handler, null)).toMatchObject({ outcome: 'retrying', retryIn: 7_000 });
  expect(built).toEqual([]);
});
