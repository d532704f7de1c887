import { randomUUID } from 'node:crypto';
import type { Database } from '@cloudtask/core/database/database';
import { type ClaimedJob, claimJobs } from '@cloudtask/core/protocol/claim';
import { type Settlement, settleAttempts } from '@cloudtask/core/protocol/settle';
import { registerWorker } from '@cloudtask/core/protocol/workers';

export interface StandIn {
  claim(id: string): Promise<ClaimedJob & { claimToken: string }>;
  /** Ends the attempt. */
  settle(claimed: ClaimedJob & { claimToken: string }, outcome: Settlement['outcome']): Promise<void>;
  /** Claims and completes. */
  complete(id: string, result?: unknown): Promise<void>;
}

/** A registered worker that does by hand, over the real protocol, what a worker process would do. */
export async function standInWorker(
  database: Database,
  { types = ['test'], queue = 'default', slots = 20 }: { types?: string[]; queue?: string; slots?: number } = {},
): Promise<StandIn> {
  const workerId = await registerWorker(database, {
    name: `stand-in-${randomUUID().slice(0, 8)}`,
    host: 'test-host',
    pid: process.pid,
    version: '0',
    queues: [queue],
    types: types.map((type) => ({ type, meanMs: 1 })),
    slots,
  });

  async function claim(id: string) {
    const token = randomUUID();
    const [claimed] = await claimJobs(database, { ids: [id], token, workerId });
    if (!claimed) throw new Error(`job ${id} could not be claimed`);
    return { ...claimed, claimToken: token };
  }

  async function settle(claimed: ClaimedJob & { claimToken: string }, outcome: Settlement['outcome']): Promise<void> {
    const { id, fence, claimToken, attempt } = claimed;
    const settled = await settleAttempts(database, [{ jobId: id, fence, claimToken, attempt, outcome }]);
    if (settled.length !== 1) throw new Error(`job ${id} could not be settled`);
  }

  return {
    claim,
    settle,
    complete: async (id, result = { ok: true }) =>
      settle(await claim(id), { kind: 'completed', result: result as never }),
  };
}
