import type { Scenario } from './scenarios.ts';

/** A stretch of one rate. */
export interface Step {
  startSecond: number;
  seconds: number;
  rate: number;
}

/** A scenario as stretches of one rate: what rises or falls does so from second to second. */
export function stepsOf({ startRate, stages }: Scenario): Step[] {
  const steps: Step[] = [];
  let [second, before] = [0, startRate];
  for (const { rate, seconds } of stages) {
    if (rate === before) steps.push({ startSecond: second, seconds, rate });
    else {
      for (let each = 0; each < seconds; each += 1) {
        const middle = before + ((rate - before) * (each + 0.5)) / seconds;
        steps.push({ startSecond: second + each, seconds: 1, rate: Math.max(1, Math.round(middle)) });
      }
    }
    second += seconds;
    before = rate;
  }
  return steps;
}
