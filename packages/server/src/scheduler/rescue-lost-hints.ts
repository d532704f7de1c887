import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import { isSqlError } from '@cloudtask/core/database/sql-error';
import type { Logger } from '@cloudtask/core/logger';
import { createdQueue } from '@cloudtask/core/messages';
import { type Dispatch, dueDispatches, forgetDispatches, postponeDispatches } from '@cloudtask/core/protocol/dispatch';
import { advanceDuty, HINT_SWEEP_DUTY, holdDuty } from '@cloudtask/core/protocol/duties';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { releaseJobs } from '@cloudtask/core/protocol/release';
import { firstSubmission, unhintAll, unhintSlice } from '@cloudtask/core/protocol/unhint';

export interface RescueLostHints {
  database: Database;
  broker: Broker;
  logger: Logger;
  holder: string;
}

/**
 * A hint published at submit that nobody has followed after this long is taken for lost (or published once more). Ids
 * carry the time of whoever made them, and a commit may be slow: a second sweep comes later, for those behind the first.
 */
const SWEEPS = [
  { duty: HINT_SWEEP_DUTY, ageMs: 10_000 },
  { duty: `${HINT_SWEEP_DUTY}-late`, ageMs: 120_000 },
];
const DUTY_MS = 15_000;
/** The first sweep of a deployment looks back this far. */
const LOOK_BACK_MS = 86_400_000;
/** Rows read per statement are bounded by time. */
const SLICE_MS = 600_000;
const SHORTEST_SLICE_MS = 100;
/** Hints in a queue that never runs empty are not trusted for longer than this. */
const OLDEST_DISPATCH_MS = 300_000;
const POSTPONE_MS = 15_000;

/** The nets under the hints: a wiped broker, a crash between commit and confirm, a message that was lost. */
export async function rescueLostHints(deps: RescueLostHints): Promise<void> {
  const nets = [
    ...SWEEPS.map((sweep) => () => sweepSlices(deps, sweep)),
    () => rescueWiped(deps),
    () => recheckDispatches(deps),
  ];
  const errors: unknown[] = [];
  // One that fails must not take the others away.
  for (const net of nets) await net().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

async function rescueWiped({ database, broker, logger }: RescueLostHints): Promise<void> {
  if (!broker.health.up || !(await broker.wasWiped())) return;
  const owed = await unhintAll(database);
  if (owed > 0) logger.warn({ jobs: owed }, 'the broker was new or wiped: all hints are owed again');
}

async function sweepSlices(deps: RescueLostHints, { duty, ageMs }: (typeof SWEEPS)[number]): Promise<void> {
  const { database, holder, logger } = deps;
  const held = await holdDuty(database, { name: duty, holder, holdMs: DUTY_MS });
  if (!held) return;
  // Asked of the database itself: a watermark never goes back, so a clock here that is ahead for a moment would switch
  // this net off until the time has caught up.
  const end = (await readClock(database)).getTime() - ageMs;
  let from = held.watermark?.getTime() ?? end - LOOK_BACK_MS;
  let sliceMs = SLICE_MS;
  let owed = 0;
  while (from < end) {
    // A time in which nobody submitted anything is passed in one step: after months without a scheduler, or a clock that was
    // moved on, it is tens of thousands of slices.
    let until = Math.min(from + sliceMs, end);
    try {
      if (until < end) {
        const first = await firstSubmission(database, new Date(from));
        until = first === null ? end : Math.min(Math.max(first.getTime(), from) + sliceMs, end);
      }
      owed += await unhintSlice(database, { from: new Date(from), until: new Date(until) });
    } catch (error) {
      // More rows than the statement's time allows: in smaller steps then.
      if (!isSqlError(error, '57014') || sliceMs <= SHORTEST_SLICE_MS) throw error;
      sliceMs /= 2;
      continue;
    }
    await advanceDuty(database, { name: duty, watermark: new Date(until) });
    from = until;
  }
  if (owed > 0) logger.info({ jobs: owed }, 'hints that nobody followed are owed again');
}

async function recheckDispatches({ database, broker, logger }: RescueLostHints): Promise<void> {
  const due = await dueDispatches(database, 200);
  if (due.length === 0 || !broker.health.up) return;
  const empty = new Map<string, boolean>();
  for (const queue of new Set(due.map((dispatch) => dispatch.queue))) {
    // A queue that cannot be looked at must not keep the others from it; its own turn comes later.
    const depth = await broker
      .depth(createdQueue(queue))
      .catch((error: unknown) => logger.debug({ err: error, queue }, 'no depth'));
    empty.set(queue, depth?.ready === 0);
  }
  const finished = (dispatch: Dispatch) => empty.get(dispatch.queue) === true || dispatch.ageMs > OLDEST_DISPATCH_MS;
  const [over, waiting] = [due.filter(finished), due.filter((dispatch) => !finished(dispatch))];
  await releaseJobs(
    database,
    over.flatMap((dispatch) => dispatch.jobIds),
  );
  await forgetDispatches(
    database,
    over.map((dispatch) => dispatch.id),
  );
  await postponeDispatches(
    database,
    waiting.map((dispatch) => dispatch.id),
    POSTPONE_MS,
  );
}
