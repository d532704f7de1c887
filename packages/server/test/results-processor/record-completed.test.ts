import { COMPLETED_QUEUE } from '@cloudtask/core/messages';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { completed, failed } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { ended, ProcessorFixture } from './processor-fixture.ts';

let fixture: ProcessorFixture;
beforeAll(async () => {
  fixture = await ProcessorFixture.open();
  // A rule that PostgreSQL itself enforces, so that a row can be refused that our own checks let pass.
  await fixture.database.script(
    `alter table cloudtask.job_states add constraint test_refuses check (result::text is distinct from '"refused"')`,
  );
});
beforeEach(async () => {
  await emptyTables(fixture.database);
  fixture.isDatabaseAway = false;
  fixture.refuses = undefined;
  fixture.acks = 0;
  fixture.refusedStatements = 0;
  fixture.rung.length = 0;
  await fixture.start();
});
afterEach(async () => {
  fixture.isDatabaseAway = false;
  await fixture.processor?.close();
  await fixture.broker.purge(COMPLETED_QUEUE);
  expect(await findViolations(fixture.database)).toEqual([]);
});
afterAll(() => fixture.close());

const ready = async () => (await fixture.broker.depth(COMPLETED_QUEUE)).ready;
const stale = () => fixture.metric('cloudtask_stale_outcomes_total');

describe('outcomes', () => {
  it('of many messages are stored, acked and told of', async () => {
    const jobs = await fixture.running(230);
    const events = jobs.map((job, n) => ended(job, completed({ n })));
    await fixture.report(events.slice(0, 150));
    for (const event of events.slice(150)) await fixture.report([event]);
    await fixture.allAre('COMPLETED', jobs);
    await eventually(() => fixture.acks === 81);
    expect((await fixture.jobs.state(jobs[229]?.jobId ?? '')).result).toEqual({ n: 229 });
    await eventually(() => new Set(fixture.rung.map(({ id }) => id)).size === 230);
  });

  it('that come again, late or from the wrong owner are acked, counted, and change nothing', async () => {
    const [job, other] = await fixture.running(2);
    if (!job || !other) throw new Error('two jobs were asked for');
    const before = await stale();
    await fixture.report([ended(job, completed('first'))]);
    await fixture.allAre('COMPLETED', [job]);
    await fixture.report([ended(job, completed('second'))]);
    await fixture.report([ended({ ...other, fence: 7 }, completed('of another attempt'))]);
    await fixture.report([ended({ ...other, claimToken: job.jobId }, completed('forged'))]);
    await eventually(() => fixture.acks === 4);
    expect((await stale()) - before).toBe(3);
    expect((await fixture.jobs.state(job.jobId)).result).toBe('first');
    expect(await fixture.statuses([other])).toEqual(['RUNNING']);
  });

  it('that come too late are noted at their attempt; when the note fails, the others are told of all the same', async () => {
    const [late, job] = await fixture.running(2);
    if (!late || !job) throw new Error('two jobs were asked for');
    await fixture.report([ended(late, failed({ reason: 'TIMEOUT' })), ended(late, completed())]);
    await eventually(async () => (await fixture.jobs.attempts(late.jobId))[0]?.late_result_at != null);

    fixture.refuses = 'note_late_results';
    await fixture.report([ended(late, completed()), ended(job, completed())]);
    await eventually(() => fixture.acks === 2);
    expect(fixture.refusedStatements).toBe(1);
    expect(fixture.rung.map(({ id }) => id)).toContain(job.jobId);
  });

  it('that are two about one attempt count as the first', async () => {
    const [job] = await fixture.running(1);
    if (!job) throw new Error('a job was asked for');
    await fixture.report([ended(job, completed('first')), ended(job, failed())]);
    await fixture.allAre('COMPLETED', [job]);
  });

  it('that make a job wait again ring for the dispatcher', async () => {
    const [job] = await fixture.running(1);
    if (!job) throw new Error('a job was asked for');
    const queues: string[] = [];
    const listener = await fixture.signals.listen('backlog', (notes) => queues.push(...notes.map(({ id }) => id)));
    await fixture.report([ended(job, { kind: 'interrupted', started: true })]);
    await fixture.allAre('PENDING', [job]);
    await eventually(() => queues.includes('default'));
    await listener.close();
  });
});

describe('an outcome that the database refuses', () => {
  const refused: Record<string, () => Parameters<typeof ended>[1]> = {
    'a result against a rule': () => completed('refused'),
    'a delay beyond every date': () => ({ kind: 'snoozed', delayMs: 1e300 }),
    'a reason with NUL': () => failed({ reason: 'ERR\0R' as never }),
    'a result of a hundred thousand levels': () => completed(nested(100_000) as never),
  };
  it.each(Object.entries(refused))('(%s) ends its own job; its batch-mates complete', async (_, outcome) => {
    const jobs = await fixture.running(4);
    const [first, bad, ...mates] = jobs;
    if (!first || !bad) throw new Error('four jobs were asked for');
    const events = [ended(first, completed()), ended(bad, BAD), ...mates.map((job) => ended(job, completed()))];
    const text = JSON.stringify({ v: 1, events }).replace(JSON.stringify(BAD), outcomeText(outcome()));
    await fixture.send(COMPLETED_QUEUE, text);
    await fixture.allAre('COMPLETED', [first, ...mates]);
    await fixture.allAre('FAILED', [bad]);
    expect(await fixture.jobs.state(bad.jobId)).toMatchObject({ reason: 'RESULT_NOT_STORABLE', result: null });
    await eventually(() => fixture.acks === 1);
  });

  const BAD = completed('in place of what is refused');

  function nested(levels: number): { levels: number } {
    return { levels };
  }

  // JSON.stringify itself could not write so many levels.
  function outcomeText(outcome: Parameters<typeof ended>[1]): string {
    const { result } = outcome as { result?: { levels?: number } };
    if (result?.levels === undefined) return JSON.stringify(outcome);
    return `{"kind":"completed","result":${'['.repeat(result.levels)}${']'.repeat(result.levels)}}`;
  }
});

describe('while the database is away', () => {
  it('outcomes are kept unacked, and stored when it is back', async () => {
    const jobs = await fixture.running(3);
    fixture.isDatabaseAway = true;
    for (const job of jobs) await fixture.report([ended(job, completed())]);
    await eventually(() => fixture.refusedStatements >= 3);
    expect([fixture.acks, await ready()]).toEqual([0, 0]);
    fixture.isDatabaseAway = false;
    await fixture.allAre('COMPLETED', jobs);
    await eventually(() => fixture.acks === 3);
  });

  it('refused outcomes are stored one by one when it is back', async () => {
    const jobs = await fixture.running(3);
    const outcomes = ['good', 'refused', 'good'];
    const { query } = fixture.database;
    let asked = 0;
    const goesAway = (...parameters: Parameters<typeof query>) => {
      asked += 1;
      if (asked === 2) fixture.isDatabaseAway = true;
      return query.apply(fixture.database, parameters);
    };
    Object.defineProperty(fixture.database, 'query', { value: goesAway, configurable: true });
    await fixture.report(jobs.map((job, n) => ended(job, completed(outcomes[n] ?? null))));
    await eventually(() => fixture.refusedStatements >= 2);
    Reflect.deleteProperty(fixture.database, 'query');
    expect(fixture.acks).toBe(0);
    fixture.isDatabaseAway = false;
    await eventually(() => fixture.acks === 1);
    expect(await fixture.statuses(jobs)).toEqual(['COMPLETED', 'FAILED', 'COMPLETED']);
  });

  it('closing gives back what is held', async () => {
    const jobs = await fixture.running(2);
    fixture.isDatabaseAway = true;
    for (const job of jobs) await fixture.report([ended(job, completed())]);
    await eventually(() => fixture.refusedStatements >= 1);
    const closing = fixture.processor?.close();
    expect(fixture.processor?.close()).toBe(closing);
    await closing;
    expect([fixture.acks, await ready()]).toEqual([0, 2]);
    fixture.isDatabaseAway = false;
    await fixture.start();
    await fixture.allAre('COMPLETED', jobs);
  });
});

describe('closing', () => {
  it('waits for a database that comes back soon', async () => {
    const jobs = await fixture.running(2);
    fixture.isDatabaseAway = true;
    for (const job of jobs) await fixture.report([ended(job, completed())]);
    await eventually(() => fixture.refusedStatements >= 1);
    const closing = fixture.processor?.close();
    await eventually(() => fixture.processor?.subscribed === false);
    fixture.isDatabaseAway = false;
    await closing;
    expect([await fixture.statuses(jobs), await ready()]).toEqual([['COMPLETED', 'COMPLETED'], 0]);
  });

  it('stores what is held, and takes no more', async () => {
    const jobs = await fixture.running(50);
    for (const job of jobs) await fixture.report([ended(job, completed())]);
    await eventually(async () => (await ready()) === 0);
    await fixture.processor?.close();
    expect(await fixture.statuses(jobs)).toEqual(jobs.map(() => 'COMPLETED'));
    expect([fixture.acks, await ready()]).toEqual([50, 0]);
    expect(fixture.processor?.subscribed).toBe(false);
    await fixture.report([]);
    expect(await ready()).toBe(1);
  });
});
