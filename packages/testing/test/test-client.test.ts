import { CloudTask, defineHandler, defineJob, jsonSchema, RetryLater } from '@cloudtask/sdk';
import { describe, expect, it } from 'vitest';
import { createTestClient } from '../src/test-client.ts';

const sendEmail = defineJob({
  type: 'email.send',
  payload: jsonSchema<{ to: string }>({
    type: 'object',
    properties: { to: { type: 'string' } },
    required: ['to'],
  }),
  queue: 'mail',
});

it('smoke', async () => {
  const t0 = performance.now();
  const sent: string[] = [];
  await using ct = createTestClient({
    handlers: [
      defineHandler(sendEmail, ({ to }) => {
        sent.push(to);
        return {};
      }),
    ],
  });
  const job = await ct.jobs.create(sendEmail, { to: 'ada@example.com' });
  console.log('start-up', performance.now() - t0);
  expect(job.status).toBe('PENDING');
  expect(await ct.enqueued(sendEmail)).toHaveLength(1);
  const t1 = performance.now();
  expect(await ct.drain()).toMatchObject({ completed: 1 });
  console.log('drain', performance.now() - t1);
  expect(sent).toEqual(['ada@example.com']);
});

it('5 retries and a daily cron over 30 days', async () => {
  let attempts = 0;
  let reports = 0;
  await using ct = createTestClient({
    mode: 'inline',
    now: new Date('2026-03-01T00:00:00Z'),
    handlers: [
      defineHandler({
        type: 'flaky',
        maxAttempts: 6,
        run() {
          attempts += 1;
          if (attempts < 6) throw new Error('no');
          return 'ok';
        },
      }),
      defineHandler({
        type: 'report',
        run() {
          reports += 1;
        },
      }),
    ],
  });
  await ct.health();
  const t0 = performance.now();
  await ct.schedules.create({ name: 'daily', cron: '0 6 * * *', type: 'report', payload: {} } as never);
  const job = await ct.jobs.create('flaky', {});
  await ct.clock.advance('30d');
  console.log('30 days', performance.now() - t0);
  expect(attempts).toBe(6);
  expect(reports).toBe(30);
  expect(await ct.jobs.get(job.id)).toMatchObject({ status: 'COMPLETED', result: 'ok' });
});
