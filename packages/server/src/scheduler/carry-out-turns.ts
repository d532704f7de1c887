import type { Queryable } from '@cloudtask/core/database/database';
import { cancelJob } from '@cloudtask/core/protocol/cancel';
import type { Move } from '../announce-moves.ts';
import { storeInTransaction } from '../job-service/store-in-transaction.ts';
import { advanceSchedules, type DecidedSlot, insertSlots, refuseSlots } from '../store/schedule-turns.ts';
import { detailOf, type PlannedJob, type TurnPlan } from './plan-turn.ts';

export interface CarriedOut {
  jobs: PlannedJob[];
  /** Those that nobody had decided before. */
  slots: DecidedSlot[];
  /** Jobs that were cancelled, and those that a unique one replaced. */
  moves: Move[];
  /** Why, by the id that the job would have had. */
  refusals: ReadonlyMap<string, string>;
}

/** Slots, jobs and how far the schedules have come: in the transaction that holds the schedules. */
export async function carryOutTurns(tx: Queryable, plans: readonly TurnPlan[], ageingMs: number): Promise<CarriedOut> {
  const slots = await insertSlots(
    tx,
    plans.flatMap((plan) => plan.slots),
  );
  const ours = new Set(slots.map(({ jobId }) => jobId));
  const isOurs = ({ id }: PlannedJob) => ours.has(id);
  const cancelled = await cancelLastJobs(
    tx,
    plans.filter(({ jobs }) => jobs.some(isOurs)),
  );
  const wanted = plans.flatMap(({ schedule, jobs }) => chain(schedule.firedSlot, jobs.filter(isOurs)));
  const { replaced, ...stored } = await storeInTransaction(tx, wanted, ageingMs);
  const refusals = new Map([...stored.refusals].map(([id, refusal]) => [id, detailOf(refusal)]));
  await refuseSlots(tx, refusals, slots);
  const isStored = (job: PlannedJob) => isOurs(job) && !refusals.has(job.id);
  await advanceSchedules(
    tx,
    plans.map(({ schedule, nextAt, waitingSlot, jobs }) => {
      const newest = jobs.findLast(isStored);
      const fired = newest && { slot: new Date(newest.schedule.slot), jobId: newest.id };
      return { id: schedule.id, nextAt, waitingSlot, fired };
    }),
  );
  const moves = [...cancelled, ...replaced.map((job) => ({ ...job, answer: 'cancelled' as const }))];
  return { jobs: wanted.filter(isStored), slots, moves, refusals };
}

/** Tells each job the slot of the one before. */
function chain(firedSlot: Date | null, jobs: readonly PlannedJob[]): PlannedJob[] {
  return jobs.map((job, index) => {
    const previousSlot = jobs[index - 1]?.schedule.slot ?? firedSlot?.toISOString() ?? null;
    return { ...job, schedule: { ...job.schedule, previousSlot } };
  });
}

/** In the order of their ids, as everything locks jobs. */
async function cancelLastJobs(tx: Queryable, plans: readonly TurnPlan[]): Promise<Move[]> {
  const moves: Move[] = [];
  const last = plans.flatMap(({ cancels, schedule }) => (cancels === null ? [] : [{ id: cancels, schedule }]));
  for (const { id, schedule } of last.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const { userId, name } = schedule;
    const reason = `the schedule ${name} has come to its next slot`;
    moves.push({ id, userId, answer: await cancelJob(tx, { id, userId, reason }) });
  }
  return moves;
}
