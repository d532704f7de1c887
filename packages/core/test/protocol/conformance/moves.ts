import { randomUUID } from 'node:crypto';
import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../src/protocol/cancel.ts';
import { discardFailure, restoreFailure } from '../../../src/protocol/discard.ts';
import { markDispatched } from '../../../src/protocol/dispatch.ts';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { redriveJob } from '../../../src/protocol/redrive.ts';
import { releaseJobs, releaseJobsLater } from '../../../src/protocol/release.ts';
import { rescueJobsOf } from '../../../src/protocol/rescue.ts';
import { canMove, LEGAL_MOVES } from '../../../src/protocol/states.ts';
import { submitJobs } from '../../../src/protocol/submit.ts';
import { unhintAll } from '../../../src/protocol/unhint.ts';
import {
  AGEING_MS,
  type Attempt,
  completed,
  failed,
  interrupted,
  type JobFixture,
  newJob,
  snoozed,
  USER,
} from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { emptyTables, passTime, takeMoves } from '../protocol-tables.ts';

interface Subject {
  jobs: JobFixture;
  id: string;
  /** The owner of the job's last attempt, or a stranger who claims to be. */
  last: Attempt;
}

/** Everything that anybody can do to a job, and what becomes of a job in each status. A status not named stays as it is. */
const DEEDS: Record<
  string,
  { do: (subject: Subject) => Promise<unknown>; moves: Partial<Record<JobStatus, JobStatus>> }
> = {
  'a claim': { do: ({ jobs, id }) => jobs.start(id).catch(() => {}), moves: { PENDING: 'RUNNING' } },
  'a success': { do: ({ jobs, last }) => jobs.settle(last, completed()), moves: { RUNNING: 'COMPLETED' } },
  'a failure': { do: ({ jobs, last }) => jobs.settle(last, failed()), moves: { RUNNING: 'RETRYING' } },
  'a failure for good': {
    do: ({ jobs, last }) => jobs.settle(last, failed({ retryable: false })),
    moves: { RUNNING: 'FAILED' },
  },
  'an interruption': { do: ({ jobs, last }) => jobs.settle(last, interrupted(true)), moves: { RUNNING: 'PENDING' } },
  'a snooze': { do: ({ jobs, last }) => jobs.settle(last, snoozed(1_000)), moves: { RUNNING: 'SCHEDULED' } },
  'the loss of its worker': {
    do: ({ jobs, last }) => rescueJobsOf(jobs.db, last.workerId),
    moves: { RUNNING: 'PENDING' },
  },
  'a cancellation': {
    do: ({ jobs, id }) => cancelJob(jobs.db, { id, userId: USER, reason: null }),
    moves: { SCHEDULED: 'CANCELLED', PENDING: 'CANCELLED', RETRYING: 'CANCELLED' },
  },
  'a cancellation and then a failure': {
    do: async ({ jobs, id, last }) => {
      await cancelJob(jobs.db, { id, userId: USER, reason: null });
      await jobs.settle(last, failed());
    },
    moves: { SCHEDULED: 'CANCELLED', PENDING: 'CANCELLED', RETRYING: 'CANCELLED', RUNNING: 'CANCELLED' },
  },
  "a person's retry": {
    do: ({ jobs, id }) => redriveJob(jobs.db, { id, userId: USER }, AGEING_MS),
    moves: { FAILED: 'PENDING', CANCELLED: 'PENDING', EXPIRED: 'PENDING' },
  },
  "a person's word that it needs nothing more": {
    do: ({ jobs, id }) => discardFailure(jobs.db, { id, userId: USER, reason: 'why' }),
    moves: {},
  },
  'that word taken back': { do: ({ jobs, id }) => restoreFailure(jobs.db, { id, userId: USER }), moves: {} },
  'an hour, with a timer to start it': {
    do: ({ jobs, id }) => setOff(jobs, id, 'due'),
    moves: { SCHEDULED: 'PENDING', RETRYING: 'PENDING' },
  },
  'an hour, with a timer to expire it': {
    do: ({ jobs, id }) => setOff(jobs, id, 'expire'),
    moves: { SCHEDULED: 'EXPIRED', PENDING: 'EXPIRED', RETRYING: 'PENDING' },
  },
  'an hour, with a hint held back': {
    do: ({ jobs, id }) => setOff(jobs, id, 'hint'),
    moves: { SCHEDULED: 'PENDING', RETRYING: 'PENDING' },
  },
  'giving back its hint': { do: ({ jobs, id }) => releaseJobs(jobs.db, [id]), moves: {} },
  'giving back its hint for later': { do: ({ jobs, id }) => releaseJobsLater(jobs.db, [id], 1), moves: {} },
  'a hint that was sent': {
    do: ({ jobs, id }) => markDispatched(jobs.db, { queue: 'default', ids: [id], recheckMs: 1 }),
    moves: {},
  },
  'a wiped broker': { do: ({ jobs }) => unhintAll(jobs.db), moves: {} },
  'being submitted again': {
    do: ({ jobs, id }) => submitJobs(jobs.db, [newJob({ id, delayMs: 10 })], AGEING_MS),
    moves: {},
  },
};

// Also timers that should not be there any more: whatever they find, they may not harm it.
async function setOff(jobs: JobFixture, id: string, kind: 'due' | 'expire' | 'hint'): Promise<void> {
  const timer = { job_id: id, kind, due_at: new Date(0) };
  await jobs.db.kysely
    .insertInto('cloudtask.timers')
    .values(timer)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await passTime(jobs.db, 3_600_000);
  await fireTimers(jobs.db, 100);
}

export const moveRules: Rules = (jobs) => {
  describe('moves', () => {
    it.each(Object.entries(DEEDS))(
      '%s changes a job in the statuses that it concerns, and in no other',
      async (_, deed) => {
        for (const from of JOB_STATUSES) {
          await emptyTables(jobs().db);
          const {
            id,
            last = { jobId: id, fence: 0, claimToken: randomUUID(), attempt: 1, workerId: await jobs().worker() },
          } = await jobs().jobIn(from);
          const before = await jobs().state(id);
          await takeMoves(jobs().db);
          await deed.do({ jobs: jobs(), id, last });
          const to = deed.moves[from];
          expect((await takeMoves(jobs().db)).map((move) => [move.from, move.to])).toEqual(to ? [[from, to]] : []);
          const after = await jobs().state(id);
          const keeps = before.status === 'PENDING' || before.status === 'RUNNING';
          if (!to && !keeps) expect(after).toEqual(before);
        }
      },
    );

    it('are all of those that the table of legal moves names, and no others', () => {
      const made = Object.values(DEEDS).flatMap((deed) =>
        Object.entries(deed.moves).map(([from, to]) => `${from} → ${to}`),
      );
      const legal = Object.entries(LEGAL_MOVES).flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`));
      expect(new Set(made)).toEqual(new Set(legal));
      expect(canMove('RUNNING', 'COMPLETED')).toBe(true);
      expect(canMove('COMPLETED', 'PENDING')).toBe(false);
    });
  });
};
