import type { Database } from '@cloudtask/core/database/database';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { completed } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import type { ScheduleRow } from '../../src/store/schedules.ts';
import { ScheduleFixture } from './schedule-fixture.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

export type OpenDatabase = () => Promise<{ database?: Database; close?: () => Promise<void> }>;

/** One scheduler on a database that is empty at the beginning of each test of the `describe` around it. */
export class Firing {
  scheduling!: Scheduling;
  schedules!: ScheduleFixture;
  fire!: () => Promise<{ inMs: number }>;

  constructor(open: OpenDatabase) {
    let given: Awaited<ReturnType<OpenDatabase>>;
    beforeAll(async () => {
      given = await open();
      this.scheduling = await openScheduling(given.database);
    });
    beforeEach(async () => {
      await emptyTables(this.scheduling.database);
      await this.scheduling.pass(0);
      this.schedules = new ScheduleFixture(this.scheduling);
      this.fire = this.schedules.scheduler();
      await this.scheduling.rung('jobs');
      await this.scheduling.rung('backlog');
    });
    afterEach(async () => expect(await findViolations(this.scheduling.database)).toEqual([]));
    afterAll(async () => {
      await this.scheduling.close();
      await given.close?.();
    });
  }

  /** Rounds until nothing is due. */
  async fireAll(): Promise<void> {
    for (let round = 0; round < 100; round += 1) if ((await this.fire()).inMs > 0) return;
    throw new Error('there was no end to it');
  }

  async outcomes(schedule: ScheduleRow): Promise<[number, string][]> {
    return (await this.schedules.slots(schedule)).map(({ after, outcome }) => [after, outcome]);
  }

  /** What the scheduler has counted: slots by those outcomes that there were, and jobs. */
  async counted() {
    const { slots, jobs } = await this.schedules.counted();
    const outcomes = slots.filter(({ value }) => value > 0).map(({ labels, value }) => [labels.outcome, value]);
    return { ...Object.fromEntries(outcomes), jobs: jobs.reduce((sum, { value }) => sum + value, 0) };
  }

  async endLastJob(schedule: ScheduleRow): Promise<void> {
    const { lastJobId } = await this.schedules.read(schedule);
    await this.scheduling.jobs.settle(await this.scheduling.jobs.start(lastJobId ?? ''), completed());
  }
}
