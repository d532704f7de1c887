import { randomUUID } from 'node:crypto';
import { type Broker, BrokerMisconfigured, BrokerUnavailable } from '@cloudtask/core/broker/broker';
import type { HintMessage } from '@cloudtask/core/messages';
import { pauseQueue, resumeQueue } from '@cloudtask/core/protocol/queue-pauses';
import { submitJobs } from '@cloudtask/core/protocol/submit';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { setWorkerState } from '@cloudtask/core/protocol/workers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AGEING_MS, newJob } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { backlogDispatch, type DispatchBacklog } from '../../src/scheduler/dispatch-backlog.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
beforeEach(async () => {
  await emptyTables(scheduling.database);
  await scheduling.broker.purge('jobs.created');
});
afterEach(async () => expect(await findViolations(scheduling.database)).toEqual([]));
afterAll(() => scheduling.close());

const waiting = (options: Parameters<Scheduling['jobs']['submit']>[0] = {}) =>
  scheduling.jobs.submit({ hinted: false, ...options });
/** One round of a scheduler that has just started. */
const dispatchBacklog = (deps: DispatchBacklog) => backlogDispatch(deps)();
const isHinted = async (id: string) => (await scheduling.jobs.state(id)).hinted;
const dispatches = () =>
  scheduling.database.kysely.selectFrom('cloudtask.dispatches').selectAll().orderBy('id').execute();

/** The same broker, but for what its `publish` does first. */
function withPublish(first: (queue: string, message: HintMessage) => void): Broker {
  const { broker } = scheduling;
  return Object.create(broker, {
    health: { get: () => broker.health },
    depth: { value: (queue: string) => broker.depth(queue) },
    publish: {
      value: async (queue: string, body: Buffer) => {
        first(queue, JSON.parse(body.toString()));
        await broker.publish(queue, body);
      },
    },
  });
}

it('offers the most urgent first, and within a priority the oldest', async () => {
  await scheduling.worker({ 'test.job': null, other: null });
  const ids: Record<string, string> = {};
  for (const [name, priority, type] of [
    ['low', 1, 'test.job'],
    ['high', 9, 'other'],
    ['usual', 5, 'test.job'],
    ['usual later', 5, 'other'],
    ['highest too', 9, 'test.job'],
  ] as const)
    ids[await waiting({ priority, type })] = name;
  expect(await dispatchBacklog(scheduling)).toEqual({ again: false });
  expect((await scheduling.takeHints()).map((id) => ids[id])).toEqual([
    'high',
    'highest too',
    'usual',
    'usual later',
    'low',
  ]);
});

it('marks what it has published, and says when to look again', async () => {
  await scheduling.worker({ 'test.job': null });
  const id = await waiting();
  await dispatchBacklog(scheduling);
  expect(await isHinted(id)).toBe(true);
  const [dispatch, ...more] = await dispatches();
  expect(more).toEqual([]);
  expect(dispatch).toMatchObject({ queue: 'default', job_ids: [id] });
  expect(Number(dispatch?.due_at) - Number(dispatch?.created_at)).toBe(15_000);
  expect(await dispatchBacklog(scheduling)).toEqual({ again: false });
  expect(await scheduling.takeHints()).toEqual([id]);
});

it('offers only types that a live worker of the queue runs', async () => {
  const gone = await scheduling.worker({ stopped: null });
  await scheduling.worker({ silent: null });
  await scheduling.pass(16_000);
  await scheduling.worker({ run: null });
  await scheduling.worker({ elsewhere: null }, { queue: 'mail' });
  await setWorkerState(scheduling.database, gone, 'stopping');
  const run = await waiting({ type: 'run' });
  const others = [];
  for (const type of ['stopped', 'silent', 'elsewhere', 'unknown']) others.push(await waiting({ type }));
  const mail = await waiting({ type: 'elsewhere', queue: 'mail' });
  const nobody = await waiting({ type: 'run', queue: 'deserted' });
  await dispatchBacklog(scheduling);
  expect(await scheduling.takeHints()).toEqual([run]);
  expect(await scheduling.takeHints('mail')).toEqual([mail]);
  expect(await Promise.all([...others, nobody].map(isHinted))).toEqual([false, false, false, false, false]);
});

it('offers nothing of a paused queue until it is resumed or the time of its pause is over', async () => {
  for (const queue of ['default', 'mail']) await scheduling.worker({ 'test.job': null }, { queue });
  const [first, other] = [await waiting({ queue: 'mail' }), await waiting()];
  const pause = (forMs: number | null) =>
    pauseQueue(scheduling.database, { queue: 'mail', reason: null, forMs, pausedBy: 'ada' });
  await pause(null);
  await dispatchBacklog(scheduling);
  expect(await scheduling.takeHints('mail')).toEqual([]);
  expect(await scheduling.takeHints()).toEqual([other]);
  expect(await isHinted(first)).toBe(false);
  await resumeQueue(scheduling.database, 'mail');
  await dispatchBacklog(scheduling);
  expect(await scheduling.takeHints('mail')).toEqual([first]);
  await scheduling.pass(0);
  await pause(60_000);
  const second = await waiting({ queue: 'mail' });
  await scheduling.pass(5_000);
  await scheduling.worker({ 'test.job': null }, { queue: 'mail' });
  await dispatchBacklog(scheduling);
  expect(await scheduling.takeHints('mail')).toEqual([]);
  await scheduling.pass(55_000);
  await scheduling.worker({ 'test.job': null }, { queue: 'mail' });
  await dispatchBacklog(scheduling);
  expect(await scheduling.takeHints('mail')).toEqual([second]);
});

it('stops at the high-water mark, and goes on when the queue has room', async () => {
  // Two rounds of slow jobs for each of two slots: four.
  await scheduling.worker({ 'test.job': 1_000 }, { slots: 2 });
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) ids.push(await waiting());
  const round = backlogDispatch(scheduling);
  expect(await round()).toEqual({ again: false });
  await round();
  expect((await scheduling.broker.depth('jobs.created')).ready).toBe(4);
  expect(await Promise.all(ids.map(isHinted))).toEqual([true, true, true, true, false, false, false]);
  expect(await scheduling.takeHints()).toEqual(ids.slice(0, 4));
  await round();
  expect(await scheduling.takeHints()).toEqual(ids.slice(4));
});

it('asks for another round while there is more than one batch and room for it', async () => {
  await scheduling.worker({ 'test.job': 0.1 }, { slots: 100 });
  const jobs = Array.from({ length: 1_100 }, () => newJob({ hinted: false }));
  await submitJobs(scheduling.database, jobs, AGEING_MS);
  expect(await dispatchBacklog(scheduling)).toEqual({ again: true });
  expect(await dispatchBacklog(scheduling)).toEqual({ again: false });
  const hinted = await scheduling.takeHints();
  expect(hinted).toHaveLength(1_100);
  expect(new Set(hinted)).toEqual(new Set(jobs.map(({ id }) => id)));
});

it('marks only what the broker has taken; the rest is offered again', async () => {
  await scheduling.worker({ 'test.job': null });
  const ids = [await waiting(), await waiting(), await waiting(), await waiting()];
  const broker = withPublish((_, { jobs }) => {
    if (jobs.some(({ id }) => id === ids[1] || id === ids[2])) throw new BrokerUnavailable('not confirmed');
  });
  await dispatchBacklog({ ...scheduling, broker });
  expect(await Promise.all(ids.map(isHinted))).toEqual([true, false, false, true]);
  expect((await dispatches()).flatMap((dispatch) => dispatch.job_ids)).toEqual([ids[0], ids[3]]);
  const { values } = await scheduling.publishes.get();
  const counted = new Map(values.map(({ labels, value }) => [labels.outcome, value]));
  expect(counted.get('failure')).toBe(2);
  expect(await scheduling.takeHints()).toEqual([ids[0], ids[3]]);
  await dispatchBacklog(scheduling);
  expect(await scheduling.takeHints()).toEqual([ids[1], ids[2]]);
});

it('a queue that cannot be used is left alone and does not stop the others', async () => {
  for (const queue of ['a', 'b', 'c']) await scheduling.worker({ 'test.job': null }, { queue });
  const ids = [await waiting({ queue: 'a' }), await waiting({ queue: 'b' }), await waiting({ queue: 'c' })];
  let tried = 0;
  const broker = withPublish((queue) => {
    if (queue !== 'jobs.created.b') return;
    tried += 1;
    throw new BrokerMisconfigured('this queue has another type');
  });
  const round = backlogDispatch({ ...scheduling, broker });
  await round();
  expect(await Promise.all(ids.map(isHinted))).toEqual([true, false, true]);
  await round();
  expect(tried).toBe(1);
});

it('does nothing while the broker is away, and leaves the duty to others', async () => {
  await scheduling.worker({ 'test.job': null });
  const id = await waiting();
  const away: Broker = Object.create(scheduling.broker, { health: { value: { up: false } } });
  expect(await dispatchBacklog({ ...scheduling, broker: away })).toEqual({ again: false });
  expect(await isHinted(id)).toBe(false);
  await dispatchBacklog({ ...scheduling, holder: randomUUID() });
  expect(await isHinted(id)).toBe(true);
});

it('of two schedulers one dispatches; the other takes over when that one is silent', async () => {
  await scheduling.worker({ 'test.job': null });
  const first = await waiting();
  await scheduling.pass(0);
  await dispatchBacklog(scheduling);
  const second = await waiting();
  const other = { ...scheduling, holder: randomUUID() };
  await dispatchBacklog(other);
  expect(await isHinted(second)).toBe(false);
  await scheduling.pass(3_100);
  await dispatchBacklog(other);
  expect(await isHinted(second)).toBe(true);
  expect(await scheduling.takeHints()).toEqual([first, second]);
});
