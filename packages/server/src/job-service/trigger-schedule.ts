import { createHash } from 'node:crypto';
import type { Queryable } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import { newId } from '@cloudtask/core/ids';
import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { findIdempotent, type IdempotencyRecord, takeKey } from '@cloudtask/core/protocol/idempotency-keys';
import { toJob } from '@cloudtask/core/protocol/job-row';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { announceNewJobs } from '@cloudtask/core/signals/announce-new-jobs';
import { asSubmit, startSubmitSpan, submittedAttributes } from '@cloudtask/core/tracing/submit-span';
import { traceIdOf } from '@cloudtask/core/tracing/traceparent';
import { isFinal, type Job } from '@cloudtask/sdk/contract';
import { announceMoves, type Move } from '../announce-moves.ts';
import { nextStart } from '../schedules/next-start.ts';
import { readOwnedStates } from '../store/job-queries.ts';
import { lockSchedule, type ScheduleRef, type ScheduleRow, setLastJob } from '../store/schedules.ts';
import { readRequest } from './accept-job.ts';
import type { JobServiceParts } from './parts.ts';
import { ApiProblem, jobNotFound, keyReused, scheduleNotFound } from './problem.ts';
import { bodyOf } from './schedule-job.ts';
import { type JobToStore, storeInTransaction } from './store-in-transaction.ts';

export interface AskedTrigger extends ScheduleRef {
  idempotencyKey?: string | undefined;
  /** Of whoever asks; well-formed. */
  traceparent?: string | undefined;
}

/** As `POST /jobs` answers, with the job as it is now. */
export interface Triggered {
  job: Job;
  isReplay: boolean;
  /** Another job has its unique key; `job` is that one. */
  isDuplicate: boolean;
}

/**
 * A job of the schedule now, beside its slots. `onOverlap` holds for it too: nobody who said that two jobs must not run
 * at once gets two. It then counts as the last job.
 */
export function triggerSchedule(parts: JobServiceParts, asked: AskedTrigger): Promise<Triggered> {
  const span = startSubmitSpan(parts.broker.system, asked.traceparent);
  if (!span) return trigger(parts, asked);
  return asSubmit(span, async () => {
    const triggered = await trigger(parts, { ...asked, traceparent: span.traceparent });
    span.set(submittedAttributes(triggered.job));
    return triggered;
  });
}

async function trigger(parts: JobServiceParts, asked: AskedTrigger): Promise<Triggered> {
  const answer = await retryTransient(() => parts.database.transaction((tx) => triggerIn(tx, parts, asked))).catch(
    (error: unknown) => {
      if (error instanceof KeyIsHeld) return nameHolder(parts, asked, error);
      throw error;
    },
  );
  if ('made' in answer) announce(parts, asked, answer);
  const { jobId, isReplay, isConflict } = 'made' in answer ? firstAnswer(answer.made) : answer;
  const row = await parts.reader.read({ userId: asked.userId, id: jobId });
  if (!row) throw jobNotFound(jobId);
  return { job: toJob(row), isReplay, isDuplicate: isConflict };
}

interface Made {
  schedule: ScheduleRow;
  made: JobToStore;
  moves: Move[];
}

type Known = Pick<IdempotencyRecord, 'jobId' | 'isConflict'> & { isReplay: boolean };

const firstAnswer = ({ id }: JobToStore): Known => ({ jobId: id, isConflict: false, isReplay: false });

async function triggerIn(tx: Queryable, parts: JobServiceParts, asked: AskedTrigger): Promise<Made | Known> {
  const { clock, settings } = parts;
  const { userId, ref, traceparent } = asked;
  // Of two triggers of one schedule at once the second waits here, and then finds the key of the first.
  const schedule = await lockSchedule(tx, { userId, ref });
  if (!schedule) throw scheduleNotFound(ref);
  const known = await replayOf(tx, asked, schedule);
  if (known) return known;
  const request = readRequest(parts, { userId, body: bodyOf(schedule), traceparent });
  const cancelled = await makeWay(tx, schedule);
  const slot = (await readClock(tx)).toISOString();
  const from = { id: schedule.id, slot, previousSlot: schedule.firedSlot?.toISOString() ?? null };
  const made: JobToStore = { ...request, id: newId(clock), hinted: false, schedule: from };
  const { refusals, replaced } = await storeInTransaction(tx, [made], settings.priorityAgeing);
  for (const { code, message, heldBy } of refusals.values()) {
    if (heldBy !== undefined && request.onConflict === 'return') throw new KeyIsHeld(schedule, heldBy);
    throw new ApiProblem(code, message);
  }
  if (!(await nameJob(tx, asked, { schedule, jobId: made.id, isConflict: false }))) throw keyReused();
  await setLastJob(tx, schedule.id, made.id);
  return {
    schedule,
    made,
    moves: [...cancelled, ...replaced.map((each) => ({ ...each, answer: 'cancelled' as const }))],
  };
}

/** Undoes the transaction: no job is made, so the last one must not be cancelled for it. */
class KeyIsHeld extends Error {
  readonly schedule: ScheduleRow;
  readonly jobId: string;

  constructor(schedule: ScheduleRow, jobId: string) {
    super('another job has the unique key');
    this.schedule = schedule;
    this.jobId = jobId;
  }
}

async function replayOf(
  tx: Queryable,
  { userId, idempotencyKey }: AskedTrigger,
  schedule: ScheduleRow,
): Promise<Known | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const [record] = await findIdempotent(tx, userId, [idempotencyKey]);
  if (record && record.bodyHash !== hashOf(schedule)) throw keyReused();
  return record && { ...record, isReplay: true };
}

async function nameHolder({ database }: JobServiceParts, asked: AskedTrigger, held: KeyIsHeld): Promise<Known> {
  const { schedule, jobId } = held;
  await nameJob(database, asked, { schedule, jobId, isConflict: true });
  return { jobId, isConflict: true, isReplay: false };
}

async function nameJob(
  db: Queryable,
  { userId, idempotencyKey: key }: AskedTrigger,
  { schedule, ...job }: { schedule: ScheduleRow; jobId: string; isConflict: boolean },
): Promise<boolean> {
  return key === undefined || (await takeKey(db, userId, { key, bodyHash: hashOf(schedule), ...job }));
}

/** What is asked for is a job of this schedule, whatever has been changed of it since. */
function hashOf({ id }: ScheduleRow): string {
  return createHash('sha256').update(`trigger ${id}`).digest('base64url');
}

/** What its last job, which may still be there, means for a new one. */
async function makeWay(tx: Queryable, { userId, name, lastJobId, onOverlap }: ScheduleRow): Promise<Move[]> {
  if (lastJobId === null) return [];
  const [last] = await readOwnedStates(tx, [{ userId, id: lastJobId }]);
  const start = nextStart(onOverlap, !last || isFinal(last.status));
  if (start === 'free') return [];
  if (start === 'refused') {
    const detail = `Its last job ${lastJobId} is ${last?.status}, and onOverlap is ${onOverlap}.`;
    throw new ApiProblem('SCHEDULE_OVERLAP', detail);
  }
  const reason = `the schedule ${name} was triggered`;
  return [{ id: lastJobId, userId, answer: await cancelJob(tx, { id: lastJobId, userId, reason }) }];
}

function announce(parts: JobServiceParts, { userId }: AskedTrigger, { schedule, made, moves }: Made): void {
  const { signals, metrics, submitter, logger } = parts;
  announceMoves(signals, moves);
  announceNewJobs(signals, [made]);
  metrics.jobsCreated.inc({ type: submitter.gauge.isKnownType(made.type) ? made.type : 'other' });
  const about = { userId, scheduleId: schedule.id, schedule: schedule.name };
  logger.info({ ...about, jobId: made.id, traceId: traceIdOf(made.traceparent) }, 'schedule triggered');
}
