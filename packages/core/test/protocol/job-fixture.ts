import { randomUUID } from 'node:crypto';
import type { JobStatus } from '@cloudtask/sdk/contract';
import { v7 } from 'uuid';
import type { Database } from '../../src/database/database.ts';
import type { AttemptRef, Outcome } from '../../src/messages.ts';
import { cancelJob } from '../../src/protocol/cancel.ts';
import { type ClaimedJob, claimJobs } from '../../src/protocol/claim.ts';
import { fireTimers } from '../../src/protocol/fire-timers.ts';
import { type Settled, settleAttempts } from '../../src/protocol/settle.ts';
import { type NewJob, submitJobs } from '../../src/protocol/submit.ts';
import { registerWorker } from '../../src/protocol/workers.ts';
import { passTime } from './protocol-tables.ts';

export const AGEING_MS = 600_000;
export const USER = '00000000-0000-4000-8000-000000000001';
export const STRANGER = '00000000-0000-4000-8000-000000000002';

/** Names only what matters to a test; the rest is ordinary. */
export function newJob(options: Partial<NewJob> = {}): NewJob {
  return {
    id: v7(),
    userId: USER,
    type: 'test.job',
    queue: 'default',
    payload: '{"n":1}',
    priority: 5,
    maxAttempts: 5,
    timeoutMs: 60_000,
    hinted: true,
    ...options,
  };
}

export interface Attempt extends AttemptRef {
  attempt: number;
  workerId: number;
}

/** Jobs and what happens to them, by the same functions that the services use. */
export class JobFixture {
  readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  async submit(options: Partial<NewJob> = {}): Promise<string> {
    const job = newJob(options);
    await submitJobs(this.db, [job], AGEING_MS);
    return job.id;
  }

  async worker(name = 'w'): Promise<number> {
    const types = [{ type: 'test.job', meanMs: null }];
    return await registerWorker(this.db, {
      name,
      host: 'h',
      pid: 1,
      version: '0',
      queues: ['default'],
      types,
      slots: 4,
    });
  }

  async claim(
    ids: readonly string[],
    { workerId, token = randomUUID() }: { workerId: number; token?: string },
  ): Promise<ClaimedJob[]> {
    return await claimJobs(this.db, { ids, token, workerId });
  }

  /** A new worker runs the job. */
  async start(id: string): Promise<Attempt> {
    const workerId = await this.worker();
    const token = randomUUID();
    const [job] = await this.claim([id], { workerId, token });
    if (!job) throw new Error(`job ${id} could not be claimed`);
    return { jobId: id, fence: job.fence, claimToken: token, attempt: job.attempt, workerId };
  }

  async settle(attempt: Attempt, outcome: Outcome): Promise<Settled | undefined> {
    const { jobId, fence, claimToken, attempt: number } = attempt;
    const [settled] = await settleAttempts(this.db, [{ jobId, fence, claimToken, attempt: number, outcome }]);
    return settled;
  }

  /** A job that came to a status on its usual way, with the owner of its last attempt, if it had one. */
  async jobIn(status: JobStatus, options: Partial<NewJob> = {}): Promise<{ id: string; last?: Attempt }> {
    const id = await this.submit({
      ...(status === 'SCHEDULED' ? { delayMs: 60_000 } : {}),
      ...(status === 'EXPIRED' ? { ttlMs: 1_000 } : {}),
      ...options,
    });
    switch (status) {
      case 'SCHEDULED':
      case 'PENDING':
        return { id };
      case 'EXPIRED':
        await passTime(this.db, 1_000);
        await fireTimers(this.db, 100);
        return { id };
      default: {
        const last = await this.start(id);
        if (status === 'CANCELLED') await cancelJob(this.db, { id, userId: USER, reason: null });
        if (status === 'COMPLETED') await this.settle(last, { kind: 'completed', result: 'done' });
        else if (status !== 'RUNNING') await this.settle(last, failed({ retryable: status === 'RETRYING' }));
        return { id, last };
      }
    }
  }

  async state(id: string) {
    return await this.db.kysely
      .selectFrom('cloudtask.job_states')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
  }

  async status(id: string): Promise<JobStatus> {
    return (await this.state(id)).status;
  }

  async timers(id: string) {
    return await this.db.kysely
      .selectFrom('cloudtask.timers')
      .selectAll()
      .where('job_id', '=', id)
      .orderBy('kind')
      .execute();
  }

  async attempts(id: string) {
    return await this.db.kysely
      .selectFrom('cloudtask.attempts')
      .selectAll()
      .where('job_id', '=', id)
      .orderBy('fence')
      .execute();
  }

  async claims() {
    return await this.db.kysely.selectFrom('cloudtask.claims').selectAll().execute();
  }
}

export function failed(options: Partial<Extract<Outcome, { kind: 'failed' }>> = {}): Outcome {
  return {
    kind: 'failed',
    reason: 'ERROR',
    name: 'Error',
    message: 'no luck',
    retryable: true,
    retryDelayMs: 5_000,
    ...options,
  };
}
export const completed = (result: Extract<Outcome, { kind: 'completed' }>['result'] = 'done'): Outcome => ({
  kind: 'completed',
  result,
});
export const interrupted = (started: boolean): Outcome => ({ kind: 'interrupted', started });
export const snoozed = (delayMs: number): Outcome => ({ kind: 'snoozed', delayMs });
