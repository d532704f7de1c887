import { cancelJob } from '../../../src/protocol/cancel.ts';
import { findIdempotent } from '../../../src/protocol/idempotency-keys.ts';
import { pauseQueue, resumeQueue } from '../../../src/protocol/queue-pauses.ts';
import { redriveJob } from '../../../src/protocol/redrive.ts';
import { releaseJobs } from '../../../src/protocol/release.ts';
import { type NewJob, submitJobs, submitJobsOnce } from '../../../src/protocol/submit.ts';
import { submitUniqueJob } from '../../../src/protocol/submit-unique.ts';
import { AGEING_MS, STRANGER, USER } from '../job-fixture.ts';
import { Broken, type World } from './world.ts';

export async function submit(world: World): Promise<void> {
  const batch = Array.from({ length: 1 + world.random.below(3) }, () => world.newJob());
  await submitJobs(world.db, batch, AGEING_MS);
  for (const job of batch) remember(world, job);
  await publish(world, batch);
}

/** An answer that was lost: the same jobs again, at any later time. */
export async function submitAgain(world: World): Promise<void> {
  const again = world.jobs.get(world.anyId());
  if (again) await submitJobs(world.db, [again.asked], AGEING_MS);
}

export async function submitOnce(world: World): Promise<void> {
  const key = `key-${world.random.below(5)}`;
  const job = { ...world.newJob(), idempotency: { key, bodyHash: 'hash' } };
  const { stored } = await submitJobsOnce(world.db, [job], AGEING_MS);
  const [record] = await findIdempotent(world.db, USER, [key]);
  const isStored = stored.has(job.id);
  if (isStored) remember(world, job);
  const earlier = world.keys.get(key);
  const isTaken = earlier !== undefined && world.now < earlier.until;
  if (isStored === isTaken)
    throw new Broken(
      'idempotency',
      `${key} was ${isTaken ? 'taken' : 'free'}, and the job was ${isStored ? '' : 'not '}stored`,
    );
  if (isStored) world.keys.set(key, { jobId: job.id, until: world.now + 86_400_000 });
  if (record?.jobId !== world.keys.get(key)?.jobId) throw new Broken('idempotency', `${key} stands for another job`);
}

/** Of two unique jobs that wait at the same time one is the other's: whose key it is, the world knows by what it was told. */
export async function submitUnique(world: World): Promise<void> {
  const { random } = world;
  const until = random.chance(0.5) ? 'started' : 'finished';
  const job = { ...world.newJob(), type: 'fast', unique: { key: `u-${random.below(3)}`, until } as const };
  const onConflict = random.pick(['return', 'reject', 'replace'] as const) ?? 'return';
  const answer = await submitUniqueJob(world.db, job, { onConflict, ageingMs: AGEING_MS });
  if (answer.outcome !== 'stored') return;
  const replaced = answer.replaced === null ? undefined : world.jobs.get(answer.replaced);
  if (replaced) replaced.isCancelled = true;
  remember(world, job);
  await publish(world, [job]);
}

export async function pause(world: World): Promise<void> {
  if (world.isMailPaused) await resumeQueue(world.db, 'mail');
  else await pauseQueue(world.db, { queue: 'mail', reason: null, forMs: null, pausedBy: 'somebody' });
  world.isMailPaused = !world.isMailPaused;
}

function remember(world: World, asked: NewJob): void {
  world.jobs.set(asked.id, { asked, isCancelled: false, begun: 0, owner: null, status: null });
  world.counts.submitted += 1;
}

/** After the commit, by the submitter itself: it may crash before, the broker may refuse, or lose them later. */
async function publish(world: World, batch: readonly NewJob[]): Promise<void> {
  const ids = batch.filter(({ hinted }) => hinted).map(({ id }) => id);
  const fate = world.random.next();
  if (fate < 0.7) world.hints.push(...ids);
  else if (fate < 0.85) await releaseJobs(world.db, ids);
  else world.counts.lostHints += ids.length;
}

export async function cancel(world: World): Promise<void> {
  const id = world.anyId(({ owner }) => owner !== null);
  if (world.random.chance(0.3)) {
    const answer = await cancelJob(world.db, { id, userId: STRANGER, reason: null });
    if (answer !== 'not_found') throw new Broken('owner', `a stranger's cancellation was answered with ${answer}`);
  }
  const answer = await cancelJob(world.db, { id, userId: USER, reason: null });
  const job = world.jobs.get(id);
  if (job && answer === 'cancelled') job.isCancelled = true;
  if (job?.owner && answer === 'requested') job.owner.isToStop = true;
  if (job && (answer === 'requested') !== (job.owner !== null)) {
    throw new Broken('cancel', `${id}: the answer was ${answer}, and ${job.owner ? 'somebody' : 'nobody'} runs it`);
  }
}

export async function redrive(world: World): Promise<void> {
  const id = world.anyId(({ status }) => status === 'FAILED' || status === 'CANCELLED' || status === 'EXPIRED');
  if (world.random.chance(0.3)) {
    const answer = await redriveJob(world.db, { id, userId: STRANGER }, AGEING_MS);
    if (answer !== 'not_found') throw new Broken('owner', `a stranger's retry was answered with ${answer}`);
  }
  const answer = await redriveJob(world.db, { id, userId: USER }, AGEING_MS);
  const job = world.jobs.get(id);
  if (!job || answer !== 'pending') return;
  world.counts.redrives += 1;
  Object.assign(job, { isCancelled: false, begun: 0 });
}
