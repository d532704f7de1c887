import { randomUUID } from 'node:crypto';
import { COMPLETED_QUEUE, STARTED_QUEUE } from '@cloudtask/core/messages';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { completed, USER } from '../../../core/test/protocol/job-fixture.ts';
import { ended, ProcessorFixture } from './processor-fixture.ts';

let fixture: ProcessorFixture;
beforeAll(async () => {
  fixture = await ProcessorFixture.open();
  await fixture.start();
});
afterAll(() => fixture.close());

const attempt = { jobId: randomUUID(), fence: 1, claimToken: randomUUID(), attempt: 1 };
const good = { ...attempt, outcome: { kind: 'completed', result: 1 } };
const withOutcome = (outcome: unknown) => ({ v: 1, events: [good, { ...attempt, outcome }] });

const malformed: Record<string, unknown> = {
  nothing: '',
  'no JSON': '{"v":1',
  'no object': '[]',
  null: 'null',
  'a version that is not ours': { v: 2, events: [good] },
  'no events': { v: 1 },
  'events that are no array': { v: 1, events: { 0: good } },
  'an event that is no object': { v: 1, events: [good, null] },
  'no job id': { v: 1, events: [{ ...good, jobId: undefined }] },
  'a job id that is none': { v: 1, events: [{ ...good, jobId: "'); drop table" }] },
  'a fence that is none': { v: 1, events: [{ ...good, fence: 1.5 }] },
  'a fence that is too large': { v: 1, events: [{ ...good, fence: 2 ** 31 }] },
  'a claim token that is none': { v: 1, events: [{ ...good, claimToken: 7 }] },
  'no attempt': { v: 1, events: [{ ...good, attempt: undefined }] },
  'an attempt that is none': { v: 1, events: [{ ...good, attempt: 'first' }] },
  'no outcome': withOutcome(undefined),
  'an outcome of no kind': withOutcome({ result: 1 }),
  'an outcome that only the scheduler may give': withOutcome({ kind: 'lost', workerId: 1 }),
  'a success without a result': withOutcome({ kind: 'completed' }),
  'a failure without a message': withOutcome({ kind: 'failed', reason: 'ERROR', name: 'Error' }),
  'a snooze without a delay': withOutcome({ kind: 'snoozed' }),
  'an interruption that does not say whether it had begun': withOutcome({ kind: 'interrupted' }),
};

it.each(Object.entries(malformed))('a report with %s is put aside, and the next one is stored', async (_, message) => {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const [job] = await fixture.running(1);
  if (!job) throw new Error('a job was asked for');
  await fixture.send(COMPLETED_QUEUE, text);
  await fixture.report([ended(job, completed())]);
  await fixture.allAre('COMPLETED', [job]);
  const [aside] = await fixture.takeQuarantined(1);
  expect(aside).toMatchObject({ queue: COMPLETED_QUEUE, body: text });
  expect(aside?.reason).not.toBe('');
});

it('a start that nobody can read is put aside and counted, and the next one is told of', async () => {
  const before = await fixture.metric('cloudtask_quarantined_messages_total');
  await fixture.send(STARTED_QUEUE, { v: 1, events: [{ jobId: 'x' }] });
  await fixture.send(STARTED_QUEUE, { v: 1, events: [{ ...attempt, userId: USER }] });
  expect(await fixture.takeQuarantined(1)).toMatchObject([{ queue: STARTED_QUEUE }]);
  await eventually(() => fixture.rung.some(({ id, userId }) => id === attempt.jobId && userId === USER));
  await eventually(async () => (await fixture.metric('cloudtask_quarantined_messages_total')) === before + 1);
});

it('what cannot be put aside just now is tried again after a pause, and holds nobody up', async () => {
  const [job] = await fixture.running(1);
  if (!job) throw new Error('a job was asked for');
  fixture.refusesQuarantine = true;
  fixture.quarantineTries = 0;
  await fixture.send(COMPLETED_QUEUE, 'unreadable');
  await eventually(() => fixture.quarantineTries >= 1);
  await fixture.report([ended(job, completed())]);
  await fixture.allAre('COMPLETED', [job]);
  expect(fixture.quarantineTries).toBeLessThan(5);
  fixture.refusesQuarantine = false;
  expect(await fixture.takeQuarantined(1)).toMatchObject([{ body: 'unreadable' }]);
  expect(await fixture.metric('processor_nack_total')).toBeGreaterThan(0);
});
