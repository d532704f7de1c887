import { FINAL_STATUSES } from '@cloudtask/sdk/contract';
import type { Database, Statement } from '../../src/database/database.ts';
import { findViolations } from '../../src/protocol/violations.ts';
import { wrongWith } from './legal-moves.ts';
import { emptyTables, takeMoves } from './protocol-tables.ts';
import * as client from './simulation/client-deeds.ts';
import * as scheduler from './simulation/scheduler-deeds.ts';
import * as workers from './simulation/worker-deeds.ts';
import { Broken, World } from './simulation/world.ts';

export interface History {
  /** Every change of a job's status or owner, as text: equal for equal seeds. */
  moves: string[];
  counts: World['counts'];
}

export class BrokenHistory extends Error {
  readonly rule: string;
  constructor(seed: number, step: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`seed ${seed}, ${step}: ${why}`, { cause });
    this.rule = cause instanceof Broken ? cause.rule : 'error';
  }
}

/**
 * One random history of a small deployment over the real statements: clients, workers, schedulers, a broker that loses,
 * doubles and reorders, crashes between any two statements. The seed decides everything. After every few steps no
 * invariant may be broken; at the end, without further faults, every job comes to an end.
 */
export async function simulate(db: Database, { seed, steps }: { seed: number; steps: number }): Promise<History> {
  await emptyTables(db);
  const world = new World(db, seed);
  const history: History = { moves: [], counts: world.counts };
  let step = 'start';
  try {
    await world.passTime(0);
    for (let n = 0; n < 3; n++) await workers.startWorker(world);
    for (let n = 1; n <= steps; n++) {
      const [name, deed] = world.random.weighted(DEEDS);
      step = `step ${n} (${name})`;
      await deed(world);
      if (n % 10 === 0) await check(world, history);
    }
    step = 'quiet end';
    await comeToAnEnd(world, history);
  } catch (error) {
    throw new BrokenHistory(seed, step, error);
  }
  return history;
}

type Deed = readonly [name: string, (world: World) => unknown];

const DEEDS: readonly (readonly [weight: number, Deed])[] = [
  [4, ['submit', client.submit]],
  [0.5, ['submit again', client.submitAgain]],
  [1, ['submit once', client.submitOnce]],
  [1, ['submit unique', client.submitUnique]],
  [0.5, ['pause or resume', client.pause]],
  [2, ['cancel', client.cancel]],
  [1.5, ['redrive', client.redrive]],
  [10, ['deliver', workers.deliver]],
  [9, ['finish', workers.finish]],
  [7, ['process', workers.process]],
  [0.7, ['forge', workers.forge]],
  [4, ['beat', (world) => workers.beat(world)]],
  [0.7, ['crash', workers.crash]],
  [0.5, ['stop', workers.stop]],
  [3, ['pass time', (world) => world.passTime(world.random.below(20_000))]],
  [3, ['fire', (world) => scheduler.fire(world)]],
  [5, ['dispatch', (world) => scheduler.dispatch(world)]],
  [1, ['mark late', scheduler.markLate]],
  [1.5, ['recheck', scheduler.recheck]],
  [1.5, ['sweep', scheduler.sweep]],
  [0.3, ['wipe broker', scheduler.wipeBroker]],
  [0.3, ['purge reports', scheduler.purgeReports]],
  [1, ['rescue', scheduler.rescueGone]],
  [1.2, ['rescue wrongly', scheduler.rescueWrongly]],
];

async function check(world: World, history: History): Promise<void> {
  for (const move of await takeMoves(world.db)) {
    const wrong = wrongWith(move);
    if (wrong) throw new Broken('moves', `${move.jobId}: ${wrong}`);
    world.job(move.jobId).status = move.to;
    history.moves.push(`${move.jobId} ${move.from} ${move.to} ${move.toFence}`);
  }
  const [violation] = await findViolations(world.db);
  if (violation) throw new Broken(violation.invariant, `${violation.jobId} ${violation.what}`);
  const [wrong] = await world.db.query<{ id: string }>(WRONG_RESULTS, []);
  if (wrong) throw new Broken('fence', `${wrong.id} has the result of another attempt`);
}

// Each result says of which attempt it is.
const WRONG_RESULTS: Statement = {
  name: 'test_wrong_results',
  text: `
  select id from cloudtask.job_states
   where status = 'COMPLETED' and (result ->> 'jobId' is distinct from id::text or (result ->> 'fence')::int is distinct from fence)`,
};

/** More than any job has attempts and delays. */
const MOST_ROUNDS = 30;

/** No more faults: everything must get done. */
async function comeToAnEnd(world: World, history: History): Promise<void> {
  world.reports.splice(0);
  if (world.isMailPaused) await client.pause(world);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await world.passTime(3_600_000);
    await scheduler.rescueGone(world);
    await scheduler.markLate(world);
    await scheduler.recheck(world);
    await scheduler.sweep(world);
    while ((await scheduler.fire(world, 100)) > 0) {}
    await scheduler.dispatch(world, 100);
    for (const worker of world.workers.filter(({ isAlive }) => isAlive)) {
      for (const run of worker.runs.splice(0)) {
        await workers.report(world, worker, run, { kind: 'completed', result: workers.signature(run) });
      }
      await workers.beat(world, worker);
    }
    const worker = world.anyWorker() ?? (await workers.startWorker(world));
    await workers.claim(world, worker, [...new Set(world.hints.splice(0))]);
    await workers.settle(world, world.reports.splice(0));
    await check(world, history);
    const open = await world.db.query<{ id: string; status: string }>(OPEN, [FINAL_STATUSES]);
    if (open.length === 0) return await checkNothingIsLost(world);
    if (round === MOST_ROUNDS - 1)
      throw new Broken('liveness', `${open.length} jobs never end, the first is ${open[0]?.status} ${open[0]?.id}`);
  }
}

const OPEN: Statement = {
  name: 'test_open_jobs',
  text: 'select id, status from cloudtask.job_states where status::text <> all ($1::text[]) order by id',
};

async function checkNothingIsLost(world: World): Promise<void> {
  const stored = new Set((await world.db.query<{ id: string }>(STORED, [])).map(({ id }) => id));
  for (const id of world.jobs.keys())
    if (!stored.has(id)) throw new Broken('lost', `${id} was acknowledged and is gone`);
  if (stored.size > world.jobs.size)
    throw new Broken('unexpected', `${stored.size - world.jobs.size} jobs were never submitted`);
}

const STORED: Statement = { name: 'test_stored_jobs', text: 'select id from cloudtask.jobs' };
