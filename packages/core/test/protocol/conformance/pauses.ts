import { describe, expect, it } from 'vitest';
import { pauseQueue, readPauses, resumeQueue } from '../../../src/protocol/queue-pauses.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

export const pauseRules: Rules = (jobs) => {
  describe('a paused queue', () => {
    const pause = (queue: string, forMs: number | null = null) =>
      pauseQueue(jobs().db, { queue, reason: 'outage', forMs, pausedBy: 'ada@example.com' });

    it('gives no job away, and owes the hints of those that were asked for', async () => {
      const [paused, other] = [await jobs().submit({ queue: 'mail' }), await jobs().submit()];
      await pause('mail');
      const claimed = await jobs().claim([paused, other], { workerId: await jobs().worker() });
      expect(claimed.map(({ id }) => id)).toEqual([other]);
      expect(await jobs().state(paused)).toMatchObject({ status: 'PENDING', hinted: false, fence: 0 });
    });

    it('lets what runs go on', async () => {
      const attempt = await jobs().start(await jobs().submit({ queue: 'mail' }));
      await pause('mail');
      expect(await jobs().settle(attempt, { kind: 'completed', result: 1 })).toMatchObject({ status: 'COMPLETED' });
    });

    it('is fed again when it is resumed', async () => {
      const id = await jobs().submit({ queue: 'mail' });
      await pause('mail');
      expect(await resumeQueue(jobs().db, 'mail')).toBe(true);
      expect(await resumeQueue(jobs().db, 'mail')).toBe(false);
      await jobs().start(id);
    });

    it('is fed again when its time is over', async () => {
      const id = await jobs().submit({ queue: 'mail' });
      await passTime(jobs().db, 0);
      await pause('mail', 60_000);
      await passTime(jobs().db, 59_999);
      await expect(jobs().start(id)).rejects.toThrow('could not be claimed');
      await passTime(jobs().db, 1);
      expect(await readPauses(jobs().db)).toEqual([]);
      expect(await resumeQueue(jobs().db, 'mail')).toBe(false);
      await jobs().start(id);
    });

    it('says since when, until when, why and by whom; pausing it again changes all but since when', async () => {
      await passTime(jobs().db, 0);
      const first = await pause('mail');
      await passTime(jobs().db, 5_000);
      const second = await pauseQueue(jobs().db, { queue: 'mail', reason: 'still', forMs: 1_000, pausedBy: 'bob' });
      expect(second).toEqual({
        queue: 'mail',
        pausedAt: first.pausedAt,
        resumesAt: new Date(first.pausedAt.getTime() + 6_000),
        reason: 'still',
        pausedBy: 'bob',
      });
      expect(await readPauses(jobs().db)).toEqual([second]);
    });
  });
};
