import type { Outcome } from '../../../src/messages.ts';
import { type ClaimedJob, claimedBy, claimJobs } from '../../../src/protocol/claim.ts';
import { stillUnsettled } from '../../../src/protocol/read-outcomes.ts';
import { releaseJobs, releaseJobsLater } from '../../../src/protocol/release.ts';
import { type Settlement, settleAttempts } from '../../../src/protocol/settle.ts';
import { heartbeat, registerWorker, setWorkerState } from '../../../src/protocol/workers.ts';
import { Broken, type Run, type SimulatedWorker, type World } from './world.ts';

const TYPES = [
  { type: 'fast', meanMs: 1 },
  { type: 'slow', meanMs: null },
];

export async function startWorker(world: World): Promise<SimulatedWorker> {
  const registration = {
    name: 'w',
    host: 'h',
    pid: 1,
    version: '0',
    queues: ['default', 'mail'],
    types: TYPES,
    slots: 4,
  };
  const id = await registerWorker(world.db, registration);
  const worker = { id, isAlive: true, isOver: false, runs: [], reported: [], tokens: new Set<string>() };
  world.workers.push(worker);
  return worker;
}

/** A worker gets a message with a few hints. It may come to another one again. */
export async function deliver(world: World): Promise<void> {
  const worker = world.anyWorker();
  const ids = [...new Set(world.random.take(world.hints, 1 + world.random.below(3), 0.1))];
  if (!worker || ids.length === 0) return;
  const fate = world.random.next();
  if (fate < 0.06) await releaseJobs(world.db, ids);
  else if (fate < 0.12) await releaseJobsLater(world.db, ids, world.random.below(60_000));
  else await claim(world, worker, ids);
}

export async function claim(world: World, worker: SimulatedWorker, ids: readonly string[]): Promise<void> {
  const request = { ids, token: world.random.uuid(), workerId: worker.id };
  const claimed = await claimJobs(world.db, request);
  worker.tokens.add(request.token);
  for (const job of claimed) worker.runs.push(begin(world, job, request));
  if (world.random.chance(0.2)) await askAgain(world, request, claimed);
}

function begin(
  world: World,
  { id, fence, attempt, maxAttempts }: ClaimedJob,
  { token, workerId }: { token: string; workerId: number },
): Run {
  const job = world.job(id);
  if (job.owner) throw new Broken('exclusive', `${id} was given away while worker ${job.owner.workerId} owned it`);
  if (job.isCancelled) throw new Broken('cancel', `${id} was started after its cancellation had been confirmed`);
  if (world.isMailPaused && job.asked.queue === 'mail')
    throw new Broken('pause', `${id} was started although its queue is paused`);
  if (maxAttempts === 1 && job.begun > 0) throw new Broken('at-most-once', `${id} may be started once, and was again`);
  const owner = { fence, token, workerId, begun: world.random.chance(0.85), isToStop: false };
  job.owner = owner;
  if (owner.begun) job.begun += 1;
  world.counts.claims += 1;
  return { ...owner, jobId: id, attempt };
}

/** The answer to the claim was lost: the same question, then what the token has. */
async function askAgain(
  world: World,
  request: { ids: readonly string[]; token: string; workerId: number },
  claimed: readonly ClaimedJob[],
): Promise<void> {
  const more = await claimJobs(world.db, request);
  const found = await claimedBy(world.db, request.token);
  const seen = ({ id, fence }: ClaimedJob) => `${id} ${fence}`;
  if (more.length > 0 || found.map(seen).toSorted().join() !== claimed.map(seen).toSorted().join()) {
    throw new Broken('claim-again', `a claim that was asked again gave ${more.map(seen)} and has ${found.map(seen)}`);
  }
}

export async function finish(world: World): Promise<void> {
  const worker = world.anyWorker();
  const [run] = world.random.take(worker?.runs ?? [], 1);
  if (worker && run) await report(world, worker, run, anyOutcome(world, run));
}

function anyOutcome({ random }: World, run: Run): Outcome {
  const failure = { kind: 'failed', reason: 'ERROR', name: 'Error', message: 'no luck' } as const;
  return random.weighted<Outcome>([
    [55, { kind: 'completed', result: signature(run) }],
    [25, { ...failure, retryable: true, retryDelayMs: random.below(60_000) }],
    [5, { ...failure, retryable: false, retryDelayMs: 0 }],
    [7, { kind: 'snoozed', delayMs: random.below(60_000) }],
    [8, { kind: 'interrupted', started: run.begun }],
  ]);
}

/** What a result says of the attempt that made it; compared with the row that it ended up in. */
export function signature({ jobId, fence, token }: Run): { jobId: string; fence: number; token: string } {
  return { jobId, fence, token };
}

/** Through the broker, which may lose it or bring it twice; or straight to the database, when the broker is away. */
export async function report(world: World, worker: SimulatedWorker, run: Run, outcome: Outcome): Promise<void> {
  const { jobId, fence, token, attempt } = run;
  const settlement: Settlement = { jobId, fence, claimToken: token, attempt, outcome };
  worker.reported.push(settlement);
  const fate = world.random.next();
  if (fate < 0.1) await settle(world, [settlement]);
  else if (fate < 0.9) world.reports.push(settlement);
}

/** What the results-processor does with a batch, and a worker with its own when nobody else does. */
export async function settle(world: World, batch: readonly Settlement[]): Promise<void> {
  const settled = await settleAttempts(world.db, batch);
  world.counts.settled += settled.length;
  world.counts.stale += batch.length - settled.length;
  for (const { id, status } of settled) {
    const job = world.job(id);
    const owner = job.owner;
    const own = batch.find(
      ({ jobId, fence, claimToken }) => jobId === id && fence === owner?.fence && claimToken === owner.token,
    );
    if (!own) throw new Broken('fence', `${id} became ${status} by a report that is not its owner's`);
    if (own.outcome.kind === 'snoozed' && owner?.begun) job.begun -= 1;
    job.owner = null;
  }
}

export async function process(world: World): Promise<void> {
  await settle(world, world.random.take(world.reports, 1 + world.random.below(4), 0.15));
}

/** Somebody who can write to `jobs.completed` but does not own the attempt. */
export async function forge(world: World): Promise<void> {
  const [id, job] = world.random.pick([...world.jobs].filter(([, { owner }]) => owner)) ?? [];
  if (!id || !job?.owner) return;
  const forged = { jobId: id, fence: job.owner.fence, claimToken: world.random.uuid(), attempt: 1 };
  const settled = await settleAttempts(world.db, [{ ...forged, outcome: { kind: 'completed', result: 'forged' } }]);
  if (settled.length > 0) throw new Broken('token', `${id} was settled by somebody without its token`);
}

/** Looks whether its reports have arrived, sends those again that have not, and says that it is alive. */
export async function beat(world: World, worker = world.anyWorker()): Promise<void> {
  if (!worker) return;
  const open = await stillUnsettled(world.db, worker.reported);
  worker.reported = worker.reported.filter(({ jobId }) => open.has(jobId));
  if (world.random.chance(0.5)) world.reports.push(...worker.reported);
  else await settle(world, worker.reported);
  const busy = new Set([
    ...worker.runs.map(({ token }) => token),
    ...worker.reported.map(({ claimToken }) => claimToken),
  ]);
  const doneTokens = [...worker.tokens].filter((token) => !busy.has(token));
  for (const token of doneTokens) worker.tokens.delete(token);
  const answer = await heartbeat(world.db, {
    workerId: worker.id,
    busy: 0,
    types: TYPES,
    lastDeliveryAt: null,
    doneTokens,
  });
  if (answer.alive === worker.isOver) throw new Broken('lease', `worker ${worker.id} was told alive: ${answer.alive}`);
  if (!answer.alive) return kill(worker);
  const told = new Set(answer.cancelled.map(({ jobId, claimToken }) => `${jobId} ${claimToken}`));
  for (const [id, { owner }] of world.jobs) {
    if (owner?.workerId !== worker.id || owner.isToStop === told.has(`${id} ${owner.token}`)) continue;
    throw new Broken('stop', `worker ${worker.id} was ${owner.isToStop ? 'not ' : ''}told to stop ${id}`);
  }
  for (const { jobId, claimToken } of answer.cancelled) {
    const at = worker.runs.findIndex((run) => run.jobId === jobId && run.token === claimToken);
    const [run] = at < 0 ? [] : worker.runs.splice(at, 1);
    if (run) await report(world, worker, run, { kind: 'interrupted', started: run.begun });
  }
}

export function kill(worker: SimulatedWorker): void {
  Object.assign(worker, { isAlive: false, runs: [], reported: [] });
}

export async function crash(world: World): Promise<void> {
  const worker = world.anyWorker();
  if (!worker) return;
  kill(worker);
  world.counts.crashes += 1;
  await startWorker(world);
}

/** Gives back what it runs, and says good-bye. Sometimes a claim that was on its way, and given up, arrives around that. */
export async function stop(world: World): Promise<void> {
  const worker = world.anyWorker();
  if (!worker) return;
  await setWorkerState(world.db, worker.id, 'stopping');
  for (const run of worker.runs.splice(0)) {
    await report(world, worker, run, { kind: 'interrupted', started: run.begun });
  }
  await settle(world, worker.reported);
  if (world.random.chance(0.3)) await claim(world, worker, world.random.take(world.hints, 2));
  await setWorkerState(world.db, worker.id, 'stopped');
  if (world.random.chance(0.3)) await claim(world, worker, world.random.take(world.hints, 2));
  worker.isOver = true;
  kill(worker);
  await startWorker(world);
}
