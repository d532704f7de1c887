import type { Database } from '@cloudtask/core/database/database';
import { newId } from '@cloudtask/core/ids';
import type { Logger } from '@cloudtask/core/logger';
import { createRegistry } from '@cloudtask/core/metrics';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import type { KnownType } from '@cloudtask/core/submission/known-types';
import { AGEING_MS, USER } from '../../../core/test/protocol/job-fixture.ts';
import { scheduleFiring } from '../../src/scheduler/fire-schedules.ts';
import { schedulerMetrics } from '../../src/scheduler/metrics.ts';
import { nextSlot } from '../../src/schedules/slots.ts';
import { timingOf } from '../../src/schedules/timing-of.ts';
import { createSchedule, readSchedule, type ScheduleDefinition, type ScheduleRow } from '../../src/store/schedules.ts';
import type { Scheduling } from './scheduler-fixture.ts';

/** Schedules and what a scheduler makes of them, by the functions that the services use. */
export class ScheduleFixture {
  readonly #scheduling: Scheduling;
  readonly types = new Map<string, KnownType>();
  readonly #registry = createRegistry({ application: 'test', processMetrics: false });
  #schedules = 0;

  constructor(scheduling: Scheduling) {
    this.#scheduling = scheduling;
  }

  /** Each second, of jobs `test.job`; names only what matters. */
  async schedule(options: Partial<ScheduleDefinition> = {}): Promise<ScheduleRow> {
    const { database, clock } = this.#scheduling;
    const createdAt = await readClock(database);
    const everyMs = options.cron === undefined ? 1_000 : null;
    const definition: ScheduleDefinition = {
      name: `schedule-${this.#schedules++}`,
      type: 'test.job',
      payload: { n: 1 },
      cron: null,
      everyMs,
      timezone: 'UTC',
      dstGap: 'after',
      dstOverlap: 'first',
      catchUp: 'latest',
      onOverlap: 'skip',
      jobOptions: {},
      ...options,
    };
    const nextAt = nextSlot(timingOf({ ...definition, createdAt }), createdAt);
    const row = await createSchedule(
      database,
      { ...definition, id: newId(clock), userId: USER, createdAt, nextAt },
      100_000,
    );
    if (typeof row === 'string') throw new Error(`no schedule: ${row}`);
    return row;
  }

  /** A scheduler of its own, one round at a time. */
  scheduler(options: { database?: Database; logger?: Logger } = {}): () => Promise<{ inMs: number }> {
    const { slots, jobsCreated } = schedulerMetrics(this.#registry);
    return scheduleFiring({
      ...this.#scheduling,
      ...options,
      types: this.types,
      ageingMs: AGEING_MS,
      slots,
      jobsCreated,
    });
  }

  /** What the schedulers have counted. */
  async counted() {
    const { slots, jobsCreated } = schedulerMetrics(this.#registry);
    return { slots: (await slots.get()).values, jobs: (await jobsCreated.get()).values };
  }

  async read({ id }: { id: string }): Promise<ScheduleRow> {
    const row = await readSchedule(this.#scheduling.database, { userId: USER, ref: id });
    if (!row) throw new Error('the schedule is gone');
    return row;
  }

  /** What was decided, oldest first; the slot in seconds after the schedule was made. */
  async slots({ id, createdAt }: ScheduleRow) {
    const rows = await this.#scheduling.database.kysely
      .selectFrom('cloudtask.schedule_slots')
      .selectAll()
      .where('schedule_id', '=', id)
      .orderBy('slot')
      .execute();
    return rows.map(({ slot, outcome, job_id, detail }) => ({
      after: (slot.getTime() - createdAt.getTime()) / 1_000,
      outcome,
      jobId: job_id,
      detail,
    }));
  }

  async jobs({ id }: { id: string }) {
    return await this.#scheduling.database.kysely
      .selectFrom('cloudtask.jobs')
      .selectAll()
      .where('schedule_id', '=', id)
      .orderBy('scheduled_for')
      .execute();
  }
}
