import type { NewJob } from '@cloudtask/core/protocol/submit';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isolatedHandlers } from './support/isolated-handlers.ts';
import { TestPlatform } from './support/test-platform.ts';

const SLOT = '2030-01-02T02:00:00.000Z';
const BEFORE = '2030-01-01T02:00:00.000Z';

describe.each(['inline', 'context'] as const)('the handler %s', (type) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const inline = defineHandler({ type: 'inline', run: (_, { job }) => ({ job }) as never });
    await platform.worker([inline], { handlersFolder: isolatedHandlers });
  });
  afterAll(() => platform.close());

  async function toldTimes(schedule?: NewJob['schedule']) {
    const { result } = await platform.finished(await platform.submit(type, null, { schedule }));
    const { job } = result as unknown as { job: Record<string, string | null> };
    const { createdAt, scheduledFor, firedAt, previousScheduledFor } = job;
    return { createdAt, scheduledFor, firedAt, previousScheduledFor };
  }

  it('is told the slot of its job, when that was fired, and the slot before', async () => {
    const told = await toldTimes({ id: crypto.randomUUID(), slot: SLOT, previousSlot: BEFORE });
    expect(told).toMatchObject({ scheduledFor: SLOT, firedAt: told.createdAt, previousScheduledFor: BEFORE });
    expect(Math.abs(Date.parse(told.firedAt ?? '') - Date.now())).toBeLessThan(60_000);
  });

  it('is told of no slot before the first, and of none at all without a schedule', async () => {
    const first = await toldTimes({ id: crypto.randomUUID(), slot: SLOT, previousSlot: null });
    expect(first).toMatchObject({ scheduledFor: SLOT, previousScheduledFor: null });
    expect(await toldTimes()).toMatchObject({ scheduledFor: null, firedAt: null, previousScheduledFor: null });
  });
});
