import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import { type Database, DatabaseUnavailable } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import { isSqlError } from '@cloudtask/core/database/sql-error';
import { newId } from '@cloudtask/core/ids';
import type { Logger } from '@cloudtask/core/logger';
import type { Counter } from '@cloudtask/core/metrics';
import { announceNewJobs } from '@cloudtask/core/signals/announce-new-jobs';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { KnownTypes } from '@cloudtask/core/submission/known-types';
import { traceIdOf } from '@cloudtask/core/tracing/traceparent';
import { announceMoves } from '../announce-moves.ts';
import type { Refusal } from '../job-service/store-in-transaction.ts';
import { nextTurnIn, type Take, type TakenSchedule, takeSchedules } from '../store/schedule-turns.ts';
import { type CarriedOut, carryOutTurns } from './carry-out-turns.ts';
import { type PlanTurn, planTurn, type TurnPlan } from './plan-turn.ts';
import { endSlotSpans, startSlotSpans } from './trace-slots.ts';

export interface FireSchedules {
  database: Database;
  /** Its name stands in traces. */
  broker: Pick<Broker, 'system'>;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  types: Pick<KnownTypes, 'get'>;
  /** As at submit. */
  ageingMs: number;
  slots: Counter<'outcome'>;
  jobsCreated: Counter<'type'>;
}

/** Schedules per transaction: those on time, as many that are behind, and those that make up for all they missed. */
const BATCH = 100;
const BATCH_MAKING_UP = 10;
/** Missed slots made up for per transaction. The rest comes with the next, which follows at once. */
const MOST_SLOTS = 1_000;
/** Payloads and options per transaction. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A schedule that is made, or whose waiting slot becomes free, is seen this late at the most. */
const LONGEST_WAIT_MS = 500;
/** What is due and locked by another scheduler would otherwise be asked for without a pause. */
const SHORTEST_WAIT_MS = 25;
/** How long a schedule that cannot be decided is left alone. */
const TROUBLE_MS = 60_000;

/**
 * Makes the jobs of schedules whose time has come. Any number of schedulers may do it at once: the row lock gives a
 * schedule to one of them, the primary key of its slots fences the others off, and one transaction holds slots, jobs and
 * how far the schedule has come, so that a crash at any point repeats and loses nothing.
 */
export function scheduleFiring(deps: FireSchedules): () => Promise<{ inMs: number }> {
  const { database, logger } = deps;
  const leftAloneUntil = new Map<string, number>();

  function leftAlone(): string[] {
    for (const [id, until] of leftAloneUntil) if (performance.now() >= until) leftAloneUntil.delete(id);
    return [...leftAloneUntil.keys()];
  }

  // One that its zone or its expression keeps from being decided must not hold up the rest. It stays due.
  function leaveAlone({ id, name }: TakenSchedule, error: unknown): void {
    logger.error({ err: error, scheduleId: id, schedule: name }, 'this schedule cannot be fired');
    leftAloneUntil.set(id, performance.now() + TROUBLE_MS);
  }

  async function fireEach(taken: readonly TakenSchedule[]): Promise<void> {
    for (const schedule of taken) {
      const one = { limit: 1, limitMakingUp: 1, leftAlone: [], id: schedule.id };
      const fire = (refusal?: Refusal) => fireTurn(deps, one, { leaveAlone, refusal });
      try {
        await fire().catch((error) => {
          if (!isSqlError(error, '22', '23')) throw error;
          // PostgreSQL's own words may say what is none of the account's business: they stay in the log.
          logger.warn({ err: error, scheduleId: schedule.id, schedule: schedule.name }, 'a job cannot be stored');
          const message = 'The database cannot hold the job: change the payload or the options of the schedule.';
          return fire({ code: 'UNSTORABLE_VALUE', message });
        });
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
        leaveAlone(schedule, error);
      }
    }
  }

  return async function fireSchedules(): Promise<{ inMs: number }> {
    const inMs = await nextTurnIn(database, leftAlone());
    if (inMs === undefined || inMs > 0) return { inMs: Math.min(LONGEST_WAIT_MS, inMs ?? LONGEST_WAIT_MS) };
    let taken: readonly TakenSchedule[] = [];
    const take = { limit: BATCH, limitMakingUp: BATCH_MAKING_UP, leftAlone: leftAlone() };
    try {
      await fireTurn(deps, take, { leaveAlone, onTaken: (rows) => (taken = rows) });
    } catch (error) {
      if (error instanceof DatabaseUnavailable || taken.length === 0) throw error;
      // One of them spoils the transaction of all: then each has its own.
      logger.warn({ err: error, schedules: taken.length }, 'schedules could not be fired together');
      await fireEach(taken);
    }
    return { inMs: taken.length > 0 ? 0 : SHORTEST_WAIT_MS };
  };
}

interface Turn {
  leaveAlone(schedule: TakenSchedule, error: unknown): void;
  refusal?: Refusal | undefined;
  onTaken?(rows: readonly TakenSchedule[]): void;
}

async function fireTurn(deps: FireSchedules, take: Take, { leaveAlone, refusal, onTaken }: Turn): Promise<void> {
  const { database, broker, clock, types, ageingMs } = deps;
  const done = await retryTransient(() =>
    database.transaction(async (tx) => {
      const rows = await takeSchedules(tx, take);
      onTaken?.(rows);
      const plans = planAll(rows, { types, newId: () => newId(clock), refusal, leaveAlone });
      const spans = startSlotSpans(broker.system, plans);
      return { plans, spans, ...(await carryOutTurns(tx, plans, ageingMs)) };
    }),
  );
  endSlotSpans(done.spans, done.jobs);
  announce(deps, done);
}

/** As many as fit; what is left over stays due. */
function planAll(
  rows: readonly TakenSchedule[],
  { leaveAlone, ...how }: Omit<PlanTurn, 'most'> & Pick<Turn, 'leaveAlone'>,
): TurnPlan[] {
  const share = Math.floor(MOST_SLOTS / Math.max(1, rows.filter(makesEach).length));
  let room = MOST_BYTES;
  const plans: TurnPlan[] = [];
  for (const row of rows) {
    if (room <= 0) break;
    const bytes = JSON.stringify([row.payload, row.jobOptions]).length + ROW_BYTES;
    const fitting = Math.max(1, Math.min(share, Math.floor(room / bytes)));
    const most = makesEach(row) ? fitting : Number.POSITIVE_INFINITY;
    try {
      const plan = planTurn(row, { ...how, most });
      room -= plan.jobs.length * bytes;
      plans.push(plan);
    } catch (error) {
      leaveAlone(row, error);
    }
  }
  return plans;
}

/** A job for each slot. By the other policies a turn makes one job, and one for each part of it would be more. */
function makesEach({ isMakingUp, onOverlap }: TakenSchedule): boolean {
  return isMakingUp && onOverlap === 'allow';
}

/** What a job costs beside its payload and its options. */
const ROW_BYTES = 400;

function announce(
  { signals, slots, jobsCreated, types, logger }: FireSchedules,
  done: CarriedOut & { plans: readonly TurnPlan[] },
): void {
  const { plans, slots: decided, jobs, moves, refusals } = done;
  announceMoves(signals, moves);
  announceNewJobs(signals, jobs);
  for (const { type } of jobs) jobsCreated.inc({ type: types.get(type) ? type : 'other' });
  const schedules = new Map(plans.map(({ schedule }) => [schedule.id, schedule.name]));
  const traces = new Map(jobs.map(({ id, traceparent }) => [id, traceIdOf(traceparent)]));
  for (const { scheduleId, slot, jobId, ...noted } of decided) {
    const refusal = jobId === null ? undefined : refusals.get(jobId);
    const { outcome, detail } = refusal === undefined ? noted : { outcome: 'refused' as const, detail: refusal };
    slots.inc({ outcome });
    const facts = { scheduleId, schedule: schedules.get(scheduleId), slot: slot.toISOString() };
    if (outcome === 'refused') logger.warn({ ...facts, why: detail }, 'the job of a slot was refused');
    else logger.debug({ ...facts, outcome, jobId, traceId: traces.get(jobId ?? ''), detail }, 'slot decided');
  }
  for (const { schedule, nextAt } of plans) {
    if (nextAt !== null || schedule.nextAt === null) continue;
    const { id: scheduleId, name, cron } = schedule;
    logger.warn({ scheduleId, schedule: name, cron }, 'this schedule has no further slot: it makes no more jobs');
  }
}
