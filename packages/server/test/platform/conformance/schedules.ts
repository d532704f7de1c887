import type { Job } from '@cloudtask/sdk/contract';
import type { Schedule } from '@cloudtask/sdk/schedules-contract';
import { expect, it } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.ts';
import type { Rules } from '../platform.conformance.ts';

export const scheduleRules: Rules = (services) => {
  it('a schedule makes jobs that run at their slots and know them', async () => {
    const { call, jobWhen, worker } = services();
    await worker({ scheduled: (_, { job }) => [job.scheduledFor, job.firedAt, job.previousScheduledFor] as never });
    const { body: made } = await call<Schedule>('POST', '/schedules', {
      name: 'ticks',
      type: 'scheduled',
      every: '1s',
    });
    const second = Date.parse(made.createdAt) + 2_000;
    const show = async () => (await call<Schedule>('GET', '/schedules/ticks')).body;
    await eventually(async () => Date.parse((await show()).firedSlot ?? '') >= second, { describe: show });
    const { lastJobId } = (await call<Schedule>('POST', '/schedules/ticks/pause')).body;
    const job: Job = await jobWhen(lastJobId ?? '', 'COMPLETED');
    const slot = Date.parse(job.scheduledFor ?? '');
    expect([job.scheduleId, (slot - Date.parse(made.createdAt)) % 1_000]).toEqual([made.id, 0]);
    expect(job.result).toEqual([job.scheduledFor, job.createdAt, expect.any(String)]);
    // Soon after its slot; a busy machine may take its time.
    expect(Date.parse(job.startedAt ?? '') - slot).toBeGreaterThanOrEqual(0);
    expect(Date.parse(job.startedAt ?? '') - slot).toBeLessThan(2_500);
  });
};
