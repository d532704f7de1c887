import { randomUUID } from 'node:crypto';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { newId } from '@cloudtask/core/ids';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { backlogDispatch } from '../../src/scheduler/dispatch-backlog.ts';
import { rescueLostHints } from '../../src/scheduler/rescue-lost-hints.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
  // The mark of a new broker counts as wiped once.
  await scheduling.broker.wasWiped();
});
beforeEach(async () => {
  await emptyTables(scheduling.database);
  await scheduling.pass(0);
});
afterEach(async () => expect(await findViolations(scheduling.database)).toEqual([]));
afterAll(() => scheduling.close());

/** A job whose id was made now, by the clock of this test. */
const submitted = () => scheduling.jobs.submit({ id: newId(scheduling.clock) });
const isHinted = async (id: string) => (await scheduling.jobs.state(id)).hinted;
const rescue = () => rescueLostHints(scheduling);
const dispatches = () => scheduling.database.kysely.selectFrom('cloudtask.dispatches').selectAll().execute();
const isOwed = async (id: string) => !(await isHinted(id));

describe('the sweep', () => {
  it('offers again what was hinted ten seconds ago and never claimed', async () => {
    const lost = await submitted();
    const running = await scheduling.jobs.start(await submitted());
    await scheduling.pass(10_500);
    const fresh = await submitted();
    await rescue();
    expect(await isOwed(lost)).toBe(true);
    expect(await scheduling.jobs.status(running.jobId)).toBe('RUNNING');
    expect(await isHinted(fresh)).toBe(true);
  });

  it('goes on where it stopped, however long nobody swept', async () => {
    await rescue();
    const ids = [];
    for (let n = 0; n < 4; n++) {
      ids.push(await submitted());
      await scheduling.pass(1_000_000);
    }
    await rescue();
    expect(await Promise.all(ids.map(isOwed))).toEqual([true, true, true, true]);
  });

  it('passes over a year in which nobody submitted anything, and misses nothing before and after it', async () => {
    await rescue();
    const before = await submitted();
    await scheduling.pass(365 * 86_400_000);
    const after = await submitted();
    await scheduling.pass(130_000);
    const query = vi.spyOn(scheduling.database, 'query');
    await rescue();
    expect(query.mock.calls.length).toBeLessThan(40);
    expect(await Promise.all([before, after].map(isOwed))).toEqual([true, true]);
  });

  it('does not look twice at what it has seen', async () => {
    const id = await submitted();
    await scheduling.pass(11_000);
    await rescue();
    await scheduling.worker({ 'test.job': null });
    await backlogDispatch(scheduling)();
    await rescue();
    expect(await isHinted(id)).toBe(true);
    await scheduling.takeHints();
  });

  it('finds a job whose commit came when the first sweep had passed', async () => {
    const id = newId(scheduling.clock);
    await scheduling.pass(11_000);
    await rescue();
    await scheduling.jobs.submit({ id });
    await scheduling.pass(100_000);
    await rescue();
    expect(await isOwed(id)).toBe(false);
    await scheduling.pass(15_000);
    await rescue();
    expect(await isOwed(id)).toBe(true);
  });

  it('is done by one scheduler at a time', async () => {
    await rescue();
    const id = await submitted();
    await scheduling.pass(11_000);
    const other = { ...scheduling, holder: randomUUID() };
    await rescueLostHints(other);
    expect(await isOwed(id)).toBe(false);
    await scheduling.pass(5_000);
    await rescueLostHints(other);
    expect(await isOwed(id)).toBe(true);
  });
});

describe('a broker that was wiped', () => {
  it('makes all hints owed at once, and only once', async () => {
    await rescue();
    const id = await submitted();
    const running = await scheduling.jobs.start(await submitted());
    const wiped = { ...scheduling, broker: openMemoryBroker() };
    await rescueLostHints(wiped);
    expect(await isOwed(id)).toBe(true);
    expect(await scheduling.jobs.status(running.jobId)).toBe('RUNNING');
    const next = await submitted();
    await rescueLostHints(wiped);
    expect(await isOwed(next)).toBe(false);
    await wiped.broker.close();
  });

  it('is not asked while it is away', async () => {
    const away = openMemoryBroker();
    await away.close();
    const id = await submitted();
    await rescueLostHints({ ...scheduling, broker: away });
    expect(await isOwed(id)).toBe(false);
  });
});

describe('a dispatch', () => {
  /** Of a job that both sweeps have passed: only the dispatch can bring it back. */
  async function dispatched(): Promise<string> {
    const id = await scheduling.jobs.submit({ id: newId(scheduling.clock), hinted: false });
    await scheduling.pass(125_000);
    await rescue();
    await scheduling.worker({ 'test.job': null });
    await backlogDispatch(scheduling)();
    await rescue();
    expect(await isHinted(id)).toBe(true);
    return id;
  }

  it('that nobody followed is offered again when its queue is empty', async () => {
    const id = await dispatched();
    await scheduling.takeHints();
    await scheduling.pass(14_900);
    await rescue();
    await expectWaiting(id);
    await scheduling.pass(200);
    await rescue();
    expect(await isOwed(id)).toBe(true);
    expect(await dispatches()).toEqual([]);
  });

  it('waits as long as its queue is not empty, but not for ever', async () => {
    const id = await dispatched();
    await scheduling.pass(16_000);
    await rescue();
    await expectWaiting(id);
    await scheduling.pass(200_000);
    await rescue();
    await expectWaiting(id);
    await scheduling.pass(100_000);
    await rescue();
    expect(await isOwed(id)).toBe(true);
    expect(await dispatches()).toEqual([]);
    await scheduling.takeHints();
  });

  it('whose jobs were claimed is forgotten, and they run on', async () => {
    const attempt = await scheduling.jobs.start(await dispatched());
    await scheduling.takeHints();
    await scheduling.pass(16_000);
    await rescue();
    expect(await dispatches()).toEqual([]);
    expect(await scheduling.jobs.state(attempt.jobId)).toMatchObject({ status: 'RUNNING', hinted: true });
  });

  it('is left alone while the broker is away', async () => {
    const id = await dispatched();
    await scheduling.takeHints();
    await scheduling.pass(16_000);
    const away = openMemoryBroker();
    await away.close();
    await rescueLostHints({ ...scheduling, broker: away });
    expect(await dispatches()).toHaveLength(1);
    await rescue();
    expect(await isOwed(id)).toBe(true);
  });

  async function expectWaiting(id: string): Promise<void> {
    expect(await isHinted(id)).toBe(true);
    expect(await dispatches()).toMatchObject([{ job_ids: [id] }]);
  }
});
