import { type CloudTask, defineHandler, defineJob, FatalError, jsonSchema } from '@cloudtask/sdk';
import { createTestClient, runHandler } from '@cloudtask/testing';
import '@cloudtask/testing/vitest';
import { expect, test } from 'vitest';

// What is tested: usually in files of its own.

interface Mail {
  to: string;
  subject: string;
}

const sendEmail = defineJob({
  type: 'email.send',
  payload: jsonSchema<Mail>({
    type: 'object',
    properties: { to: { type: 'string' }, subject: { type: 'string' } },
    required: ['to', 'subject'],
  }),
  maxAttempts: 3,
  backoff: { kind: 'fixed', delay: '1m' },
});

const outbox: Mail[] = [];
let isMailServerUp = true;

const emailHandler = defineHandler(sendEmail, async (mail, { log, sleep }) => {
  if (!mail.to.includes('@')) {
    log.warn('no address', { to: mail.to });
    throw new FatalError('this is no address', { code: 'ADDRESS_REFUSED' });
  }
  await sleep('1s');
  if (!isMailServerUp) throw new Error('the mail server is away');
  if (!outbox.some(({ to, subject }) => to === mail.to && subject === mail.subject)) outbox.push(mail);
  return { sent: mail.to };
});

async function signUp(cloudtask: CloudTask, email: string): Promise<void> {
  await cloudtask.jobs.create(sendEmail, { to: email, subject: 'Welcome' });
}

const reportHandler = defineHandler({ type: 'report.daily', run: () => ({ rows: 0 }) });

// The tests.

test('a welcome mail is queued, and sent once', async () => {
  await using cloudtask = createTestClient({ handlers: [emailHandler], redeliver: true });
  await signUp(cloudtask, 'ada@example.com');
  await expect(cloudtask).toHaveEnqueued(sendEmail, { to: 'ada@example.com', subject: 'Welcome' });
  expect(await cloudtask.drain()).toMatchObject({ completed: 1 });
  expect(outbox).toHaveLength(1);
});

test('the mail is sent when the mail server is back', async () => {
  await using cloudtask = createTestClient({ handlers: [emailHandler] });
  isMailServerUp = false;
  await signUp(cloudtask, 'grace@example.com');
  expect(await cloudtask.drain()).toMatchObject({ retried: 1, completed: 0 });
  isMailServerUp = true;
  await cloudtask.clock.advance('1m');
  expect(await cloudtask.drain()).toMatchObject({ completed: 1 });
});

test('a report is made on every day of April', async () => {
  const now = new Date('2026-04-01T00:00:00Z');
  await using cloudtask = createTestClient({ handlers: [reportHandler], mode: 'inline', now });
  await cloudtask.schedules.create({ name: 'daily', cron: '0 6 * * *', timezone: 'UTC', type: 'report.daily' });
  await cloudtask.clock.advance('30d');
  expect(await cloudtask.enqueued('report.daily')).toHaveLength(30);
});

test('signing up fails when jobs cannot be submitted', async () => {
  await using cloudtask = createTestClient({ mode: 'record' });
  cloudtask.failNext('jobs.create', 503);
  await expect(signUp(cloudtask, 'ada@example.com')).rejects.toMatchObject({ status: 503 });
});

test('a wrong address is given up at once', async () => {
  const run = await runHandler(emailHandler, { to: 'nowhere', subject: 'Hi' });
  expect(run).toMatchObject({ outcome: 'failed', error: { code: 'ADDRESS_REFUSED' } });
  expect(run.logs).toContainEqual({ level: 'warn', message: 'no address', fields: { to: 'nowhere' } });
});

test('a cancelled mail is not sent', async () => {
  const mail = { to: 'eve@example.com', subject: 'Hi' };
  const run = await runHandler(emailHandler, mail, { cancelAfter: '500ms' });
  expect(run.outcome).toBe('cancelled');
  expect(outbox).not.toContainEqual(mail);
});
