import type { Scenario as K6Scenario, Options, Threshold } from 'k6/options';
import { FINISH_WITHIN_S, highestRate, MIX, type Scenario } from './scenarios.ts';

/**
 * Open model: requests are sent by the clock and not after an answer, as by users who do not know of each other. A server
 * that becomes slow is not spared, and what could not be sent in time is counted (`dropped_iterations`).
 */
export function k6Options(scenario: Scenario): Options {
  return {
    scenarios: { load: arrivalRate(scenario) },
    thresholds: thresholdsOf(scenario),
    // Its limit is on jobs, and registering takes a costly hash.
    setupTimeout: '60s',
    teardownTimeout: `${FINISH_WITHIN_S + 30}s`,
    summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
  };
}

function arrivalRate(scenario: Scenario): K6Scenario {
  const { startRate, stages } = scenario;
  const highest = highestRate(scenario);
  // Each user sends one request at a time: as many as are under way when an answer takes 200 ms, at most 2 s.
  const users = { preAllocatedVUs: Math.ceil(highest / 5), maxVUs: highest * 2 };
  const base = { exec: 'request', timeUnit: '1s', gracefulStop: '15s', ...users };
  const [only] = stages;
  if (stages.length === 1 && only?.rate === startRate) {
    return { ...base, executor: 'constant-arrival-rate', rate: startRate, duration: `${only.seconds}s` };
  }
  return {
    ...base,
    executor: 'ramping-arrival-rate',
    startRate,
    stages: stages.map(({ rate, seconds }) => ({ target: rate, duration: `${seconds}s` })),
  };
}

function thresholdsOf({ p95Ms }: Scenario): Record<string, Threshold[]> {
  return {
    ...Object.fromEntries(MIX.map((name) => [`http_req_duration{name:${name}}`, [`p(95)<${p95Ms}`]])),
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
  };
}
