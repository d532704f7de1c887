import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { JsonText, type LogEntry, writeJournal } from '../../../src/protocol/journal.ts';
import { noteLateResults } from '../../../src/protocol/late-results.ts';
import { redriveJob } from '../../../src/protocol/redrive.ts';
import { rescueJobsOf } from '../../../src/protocol/rescue.ts';
import { AGEING_MS, type Attempt, completed, failed, interrupted, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';

const entry = (n: number, message = `line ${n}`): LogEntry => ({
  n,
  at: 1_767_225_600_000 + n,
  level: 'info',
  message,
  fields: { n },
});

export const journalRules: Rules = (jobs) => {
  describe('the journal of an attempt', () => {
    const lines = () => jobs().db.kysely.selectFrom('cloudtask.job_logs').selectAll().orderBy('n').execute();
    const reported = () => jobs().db.kysely.selectFrom('cloudtask.progress').selectAll().execute();
    const page = ({ jobId, fence, claimToken, attempt }: Attempt) => ({ jobId, fence, claimToken, attempt, logs: [] });
    const progress = (n: number, percent: number) => ({ n, percent, message: 'on my way', data: { at: n } });

    it('holds every line once, in order, however often a page comes', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await writeJournal(jobs().db, [{ ...page(attempt), logs: [entry(1), entry(2)] }]);
      const again = await writeJournal(jobs().db, [{ ...page(attempt), logs: [entry(2), entry(4)] }]);
      expect(again).toEqual([attempt.jobId]);
      const written = await lines();
      expect(written.map(({ n, message, level, attempt: number }) => [n, message, level, number])).toEqual([
        [1, 'line 1', 'info', 1],
        [2, 'line 2', 'info', 1],
        [4, 'line 4', 'info', 1],
      ]);
      expect(written[0]).toMatchObject({ fields: { n: 1 }, logged_at: new Date(1_767_225_600_001) });
    });

    it('takes values that were kept as text', async () => {
      const attempt = await jobs().start(await jobs().submit());
      const [data, fields] = [new JsonText('{"at":[1,"ä\\n"]}'), new JsonText('{"a":{}}')];
      const said = { ...page(attempt), progress: { ...progress(1, 5), data }, checkpoint: { n: 2, state: data } };
      await writeJournal(jobs().db, [{ ...said, logs: [{ ...entry(3, '"quoted"\n'), fields }] }]);
      expect(await reported()).toMatchObject([{ percent: 5, message: 'on my way', data: { at: [1, 'ä\n'] } }]);
      expect(await lines()).toMatchObject([{ message: '"quoted"\n', fields: { a: {} } }]);
      const saved = await jobs().db.kysely.selectFrom('cloudtask.checkpoints').select('state').execute();
      expect(saved).toEqual([{ state: { at: [1, 'ä\n'] } }]);
    });

    it('keeps the last progress, also when an older one comes after it', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await writeJournal(jobs().db, [{ ...page(attempt), progress: progress(5, 50) }]);
      await writeJournal(jobs().db, [{ ...page(attempt), progress: progress(3, 30) }]);
      expect(await reported()).toMatchObject([{ fence: 1, n: 5, percent: 50, message: 'on my way', data: { at: 5 } }]);
    });

    it('hands the last checkpoint to the next attempt, also when an older one comes after it', async () => {
      const id = await jobs().submit();
      const first = await jobs().start(id);
      await writeJournal(jobs().db, [{ ...page(first), checkpoint: { n: 3, state: { row: 7 } } }]);
      await writeJournal(jobs().db, [{ ...page(first), checkpoint: { n: 2, state: { row: 6 } } }]);
      await jobs().settle(first, interrupted(true));
      const second = await jobs().claim([id], { workerId: await jobs().worker(), token: randomUUID() });
      expect(second[0]?.extras?.checkpoint).toEqual({ state: { row: 7 } });
    });

    it('outlives the job: a person who retries it goes on from the checkpoint, unless with another payload', async () => {
      const id = await jobs().submit();
      const first = await jobs().start(id);
      const said = { checkpoint: { n: 1, state: 7 }, progress: progress(2, 50), logs: [entry(1)] };
      await writeJournal(jobs().db, [{ ...page(first), ...said }]);
      await jobs().settle(first, failed({ retryable: false }));
      await redriveJob(jobs().db, { id, userId: USER }, AGEING_MS);
      expect(await lines()).toHaveLength(1);
      const [again] = await jobs().claim([id], { workerId: await jobs().worker(), token: first.claimToken });
      expect(again?.extras?.checkpoint).toEqual({ state: 7 });
      await jobs().settle({ ...first, fence: again?.fence ?? 0 }, failed({ retryable: false }));
      await redriveJob(jobs().db, { id, userId: USER, payload: '{"other":true}' }, AGEING_MS);
      const [anew] = await jobs().claim([id], { workerId: await jobs().worker() });
      expect(anew?.extras?.checkpoint).toBeNull();
      expect(await lines()).toHaveLength(1);
    });

    it('has none for an attempt before which nothing was saved', async () => {
      const id = await jobs().submit();
      await jobs().settle(await jobs().start(id), interrupted(true));
      const [job] = await jobs().claim([id], { workerId: await jobs().worker() });
      expect(job?.extras?.checkpoint).toBeNull();
    });

    it('takes nothing of an earlier attempt that comes with the present one', async () => {
      const id = await jobs().submit();
      const first = await jobs().start(id);
      await jobs().settle(first, interrupted(true));
      const second = await jobs().start(id);
      const pages = [
        { ...page(first), logs: [entry(1, 'old')] },
        { ...page(second), logs: [entry(2, 'new')] },
      ];
      await writeJournal(jobs().db, pages);
      expect((await lines()).map(({ fence, message }) => [fence, message])).toEqual([[2, 'new']]);
    });

    it('takes nothing from whoever does not own the attempt, or not any more', async () => {
      const attempt = await jobs().start(await jobs().submit());
      const stranger = { ...page(attempt), claimToken: randomUUID(), logs: [entry(1)] };
      expect(await writeJournal(jobs().db, [stranger])).toEqual([]);
      await jobs().settle(attempt, completed());
      expect(await writeJournal(jobs().db, [{ ...page(attempt), progress: progress(1, 1), logs: [entry(1)] }])).toEqual(
        [],
      );
      expect(await lines()).toEqual([]);
      expect(await reported()).toEqual([]);
    });
  });

  describe('a result that comes too late', () => {
    const lateOf = async (id: string) => (await jobs().attempts(id)).map((row) => row.late_result_at !== null);

    it('is noted at the attempt that was lost, with its token only', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await rescueJobsOf(jobs().db, attempt.workerId);
      await noteLateResults(jobs().db, [{ ...attempt, claimToken: randomUUID() }]);
      expect(await lateOf(attempt.jobId)).toEqual([false]);
      await noteLateResults(jobs().db, [attempt]);
      expect(await lateOf(attempt.jobId)).toEqual([true]);
      expect(await jobs().status(attempt.jobId)).toBe('PENDING');
    });

    it('is noted at the attempt that timed out', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await jobs().settle(attempt, failed({ reason: 'TIMEOUT' }));
      await noteLateResults(jobs().db, [attempt]);
      expect((await jobs().attempts(attempt.jobId))[0]).toMatchObject({
        outcome: 'failed',
        reason: 'TIMEOUT',
        late_result_at: expect.any(Date),
      });
    });

    it('is nothing at an attempt that failed because its result could not be stored', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await jobs().settle(attempt, failed({ reason: 'RESULT_NOT_STORABLE', retryable: false }));
      await noteLateResults(jobs().db, [attempt]);
      expect(await lateOf(attempt.jobId)).toEqual([false]);
    });

    it('is nothing at an attempt that succeeded', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await jobs().settle(attempt, completed());
      await noteLateResults(jobs().db, [attempt]);
      expect(await jobs().attempts(attempt.jobId)).toEqual([]);
    });
  });
};
