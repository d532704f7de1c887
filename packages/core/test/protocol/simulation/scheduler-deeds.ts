import type { Queryable } from '../../../src/database/database.ts';
import {
  dueDispatches,
  forgetDispatches,
  markDispatched,
  postponeDispatches,
  queuesWithBacklog,
  readBacklog,
} from '../../../src/protocol/dispatch.ts';
import { advanceDuty, HINT_SWEEP_DUTY, holdDuty } from '../../../src/protocol/duties.ts';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { releaseJobs } from '../../../src/protocol/release.ts';
import { rescueJobsOf, suspectWorkers } from '../../../src/protocol/rescue.ts';
import { unhintAll, unhintSlice } from '../../../src/protocol/unhint.ts';
import { claim, deliver, settle } from './worker-deeds.ts';
import { Broken, type SimulatedWorker, type World } from './world.ts';

const RECHECK_MS = 15_000;
const SLICE_AGE_MS = 10_000;
const HOLDER = '00000000-0000-4000-8000-00000000000f';

export async function fire(world: World, limit = 1 + world.random.below(5)): Promise<number> {
  return (await fireTimers(world.db, limit)).taken;
}

/** Publishes what is owed, then notes it: at once, late (the job may have moved on by then), or never (it crashed). */
export async function dispatch(world: World, limit = 5): Promise<void> {
  const queue = world.random.pick(await queuesWithBacklog(world.db));
  if (!queue) return;
  const hints = await readBacklog(world.db, { queue, types: ['fast', 'slow'], limit });
  const ids = hints.map(({ id }) => id);
  if (world.random.chance(0.9)) world.hints.push(...ids);
  const fate = world.random.next();
  if (fate < 0.75) await markDispatched(world.db, { queue, ids, recheckMs: RECHECK_MS });
  else if (fate < 0.9) world.lateMarks.push(ids);
}

export async function markLate(world: World): Promise<void> {
  for (const ids of world.random.take(world.lateMarks, 1)) {
    await markDispatched(world.db, { queue: 'default', ids, recheckMs: RECHECK_MS });
  }
}

/** Looks at what was dispatched a while ago. Gives back first and forgets second: a crash between costs a second look. */
export async function recheck(world: World): Promise<void> {
  const due = await dueDispatches(world.db, 3);
  const ids = due.map(({ id }) => id);
  if (world.random.chance(0.2)) return await postponeDispatches(world.db, ids, RECHECK_MS);
  await releaseJobs(
    world.db,
    due.flatMap(({ jobIds }) => jobIds),
  );
  if (world.random.chance(0.9)) await forgetDispatches(world.db, ids);
}

export async function sweep(world: World): Promise<void> {
  const held = await holdDuty(world.db, { name: HINT_SWEEP_DUTY, holder: HOLDER, holdMs: 15_000 });
  if (!held) throw new Broken('duty', 'the only scheduler was refused its own duty');
  const from = held.watermark ?? new Date(world.watermark);
  const until = new Date(world.now - SLICE_AGE_MS);
  if (until <= from) return;
  await unhintSlice(world.db, { from, until });
  if (world.random.chance(0.9)) await advanceDuty(world.db, { name: HINT_SWEEP_DUTY, watermark: until });
}

/** The broker loses its hints; it is noticed (an epoch message is gone), or only by the nets under each hint. */
export async function wipeBroker(world: World): Promise<void> {
  world.counts.lostHints += world.hints.splice(0).length;
  if (world.random.chance(0.5)) await unhintAll(world.db);
}

export function purgeReports(world: World): void {
  world.reports.splice(0);
}

/** Those who crashed, and those who were heard of after they had stopped. */
export async function rescueGone(world: World): Promise<void> {
  const suspects = new Set((await suspectWorkers(world.db)).map(({ id }) => id));
  for (const worker of world.workers) {
    if (!worker.isAlive && (suspects.has(worker.id) || !worker.isOver)) await rescue(world, worker);
  }
  world.workers = world.workers.filter(({ isAlive, isOver, id }) => isAlive || !isOver || suspects.has(id));
}

/** A worker is taken for dead that is not (its machine was paused): it goes on until its next heartbeat. */
export async function rescueWrongly(world: World): Promise<void> {
  const worker = world.anyWorker();
  if (!worker) return;
  world.counts.wrongVerdicts += 1;
  await rescue(world, worker);
}

/** Between any two statements of a rescue the worker, if it lives after all, and everybody else go on. */
async function rescue(world: World, worker: SimulatedWorker): Promise<void> {
  const { db, random } = world;
  const disturbed: Queryable = {
    query: async (statement, values) => {
      if (random.chance(0.3)) await settle(world, random.take(world.reports, 2));
      if (random.chance(0.3)) await deliver(world);
      if (worker.isAlive && random.chance(0.3)) await claim(world, worker, random.take(world.hints, 2));
      const rows = await db.query(statement, values);
      if (statement.name === 'settle_attempts') disown(world, worker, rows as { id: string }[]);
      return rows as never[];
    },
  };
  await rescueJobsOf(disturbed, worker.id);
  worker.isOver = true;
}

function disown(world: World, { id: workerId }: SimulatedWorker, settled: readonly { id: string }[]): void {
  for (const { id } of settled) {
    const job = world.job(id);
    if (job.owner?.workerId !== workerId)
      throw new Broken('rescue', `${id} was taken from a worker that was not rescued`);
    job.owner = null;
    world.counts.rescued += 1;
  }
}
