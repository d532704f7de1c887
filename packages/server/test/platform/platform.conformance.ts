import { QUARANTINE_QUEUE } from '@cloudtask/core/messages';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { endRules } from './conformance/ends.ts';
import { liveRules } from './conformance/live.ts';
import { queueRules } from './conformance/queues.ts';
import { scheduleRules } from './conformance/schedules.ts';
import { submitRules } from './conformance/submits.ts';
import { timeRules } from './conformance/times.ts';
import { workerRules } from './conformance/workers.ts';
import type { Services } from './open-services.ts';

/** What a user of the API sees of jobs, from the submit to their end, on any platform. `open` is called once. */
export function platformConformance(name: string, open: () => Promise<Services>): void {
  describe(`jobs on ${name}`, () => {
    let services: Services | undefined;
    beforeAll(async () => {
      services = await open();
    });
    afterEach(async () => {
      const { platform } = opened();
      expect(await findViolations(platform.database)).toEqual([]);
      expect((await platform.broker.depth(QUARANTINE_QUEUE)).ready).toBe(0);
    });
    afterAll(() => services?.close());

    function opened(): Services {
      if (!services) throw new Error('the services did not start');
      return services;
    }
    for (const rules of [submitRules, endRules, timeRules, scheduleRules, queueRules, workerRules, liveRules])
      rules(opened);
  });
}

/** Declares the tests of one part. `services()` may be asked for inside a test only. */
export type Rules = (services: () => Services) => void;
