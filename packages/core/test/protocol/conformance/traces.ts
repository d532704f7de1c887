import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { readTraceparents } from '../../../src/protocol/read-traceparents.ts';
import { redriveJob } from '../../../src/protocol/redrive.ts';
import { rescueJobsOf } from '../../../src/protocol/rescue.ts';
import { submitJobs, submitJobsIn, submitJobsOnce } from '../../../src/protocol/submit.ts';
import { submitUniqueJob } from '../../../src/protocol/submit-unique.ts';
import { AGEING_MS, failed, newJob, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export const traceRules: Rules = (jobs) => {
  describe('the trace of a job', () => {
    const claimed = async (id: string) => {
      const [job] = await jobs().claim([id], { workerId: await jobs().worker() });
      return job;
    };

    it.each([
      ['together', (job: ReturnType<typeof newJob>) => submitJobs(jobs().db, [job], AGEING_MS)],
      ['to be timed', (job) => submitJobs(jobs().db, [{ ...job, delayMs: 0 }], AGEING_MS)],
      ['in a transaction', (job) => submitJobsIn(jobs().db, [job], AGEING_MS)],
      [
        'with an idempotency key',
        (job) => submitJobsOnce(jobs().db, [{ ...job, idempotency: { key: 'k', bodyHash: 'h' } }], AGEING_MS),
      ],
      [
        'with a unique key',
        (job) =>
          submitUniqueJob(
            jobs().db,
            { ...job, unique: { key: 'k', until: 'finished' } },
            { onConflict: 'reject', ageingMs: AGEING_MS },
          ),
      ],
    ] as [string, (job: ReturnType<typeof newJob>) => Promise<unknown>][])(
      'that is submitted %s is what its claim returns',
      async (_, submit) => {
        const job = newJob({ traceparent: TRACEPARENT });
        await submit(job);
        expect((await claimed(job.id))?.extras).toMatchObject({ traceparent: TRACEPARENT, tags: null });
      },
    );

    it('is its own within a batch, and a job without one has no extras for it', async () => {
      const other = TRACEPARENT.replace('0af7', 'ffff');
      const batch = [newJob({ traceparent: TRACEPARENT }), newJob(), newJob({ traceparent: other })];
      await submitJobs(jobs().db, batch, AGEING_MS);
      const answer = await jobs().claim(
        batch.map(({ id }) => id),
        { workerId: await jobs().worker() },
      );
      const traces = new Map(answer.map(({ id, extras }) => [id, extras?.traceparent ?? null]));
      expect(batch.map(({ id }) => traces.get(id))).toEqual([TRACEPARENT, null, other]);
      expect(answer.find(({ id }) => id === batch[1]?.id)?.extras).toBeNull();
    });

    it('stays through a retry', async () => {
      const id = await jobs().submit({ traceparent: TRACEPARENT });
      await jobs().settle(await jobs().start(id), failed({ retryDelayMs: 1_000 }));
      await passTime(jobs().db, 1_000);
      await fireTimers(jobs().db, 100);
      expect(await claimed(id)).toMatchObject({ attempt: 2, extras: { traceparent: TRACEPARENT } });
    });

    it("stays through the loss of its worker, and through a person's retry", async () => {
      const id = await jobs().submit({ traceparent: TRACEPARENT, maxAttempts: 2 });
      await rescueJobsOf(jobs().db, (await jobs().start(id)).workerId);
      await jobs().settle(await jobs().start(id), failed());
      await redriveJob(jobs().db, { id, userId: USER, payload: '{"n":2}' }, AGEING_MS);
      expect(await claimed(id)).toMatchObject({ fence: 4, extras: { traceparent: TRACEPARENT } });
    });

    it('can be read of many jobs at once', async () => {
      const traced = await jobs().submit({ traceparent: TRACEPARENT });
      const ids = [traced, await jobs().submit(), randomUUID()];
      expect(await readTraceparents(jobs().db, ids)).toEqual(new Map([[traced, TRACEPARENT]]));
    });
  });
};
