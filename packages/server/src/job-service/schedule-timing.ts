import { invalid } from '@cloudtask/core/submission/input-refused';
import { limitedDuration } from '@cloudtask/core/submission/limited-duration';
import { TEN_YEARS_MS } from '@cloudtask/core/submission/submit-schema';
import type { Issue } from '@cloudtask/sdk/contract';
import type { ScheduleTiming } from '@cloudtask/sdk/schedules-contract';
import { CronSyntaxError, HORIZON_YEARS, parseCron } from '../schedules/cron-expression.ts';
import { closestTimeZone, isTimeZone } from '../schedules/time-zones.ts';
import type { StoredTiming } from '../schedules/timing-of.ts';
import { type ApiProblem, invalidSchedule } from './problem.ts';

const EVERY_LIMITS = { minMs: 1_000, maxMs: TEN_YEARS_MS };

type AskedTiming = { [Key in keyof ScheduleTiming]?: ScheduleTiming[Key] | undefined };

/** The timing of a body, checked for what its schema cannot say, with defaults. Throws VALIDATION_FAILED, INVALID_SCHEDULE. */
export function readTiming(asked: AskedTiming): Omit<StoredTiming, 'createdAt'> {
  const { cron, every, timezone = 'UTC', dstGap = 'after', dstOverlap = 'first' } = asked;
  if (cron !== undefined && every !== undefined) {
    throw invalid([{ path: '/every', message: 'cannot be given together with cron' }]);
  }
  if (cron === undefined && every === undefined) {
    throw invalid([{ path: '/cron', message: 'is required, or every instead' }]);
  }
  const issues = [...checkZone(timezone), ...(cron === undefined ? [] : checkCron(cron))];
  if (issues.length > 0) throw invalidSchedule(issues);
  const everyMs = every === undefined ? null : limitedDuration('/every', every, EVERY_LIMITS);
  return { cron: cron ?? null, everyMs, timezone, dstGap, dstOverlap };
}

export function neverRuns(): ApiProblem {
  return invalidSchedule([{ path: '/cron', message: `has no time within ${HORIZON_YEARS} years` }]);
}

function checkCron(cron: string): Issue[] {
  try {
    parseCron(cron);
    return [];
  } catch (error) {
    if (error instanceof CronSyntaxError) return [{ path: '/cron', message: error.message }];
    throw error;
  }
}

function checkZone(timezone: string): Issue[] {
  if (isTimeZone(timezone)) return [];
  const meant = closestTimeZone(timezone);
  const hint = meant === undefined ? 'write an IANA name, like Europe/Berlin' : `did you mean ${meant}?`;
  return [{ path: '/timezone', message: `is no time zone: ${hint}` }];
}
