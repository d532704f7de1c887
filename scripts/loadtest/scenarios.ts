// What a load test is: rates, durations, requests and limits. Read by k6 and by Node, so it imports nothing.

export interface Scenario {
  describe: string;
  /** Requests per second at the start. */
  startRate: number;
  /** Each goes evenly from the rate before to its own. */
  stages: readonly Stage[];
  /** 95 of 100 answers to each kind of request must come sooner. */
  p95Ms: number;
}

export interface Stage {
  rate: number;
  seconds: number;
}

/** Everywhere: no request fails, none is sent late, and every accepted job is finished. */
export const scenarios = {
  smoke: {
    describe: 'does it work at all: 10 requests a second for 10 s',
    startRate: 10,
    stages: [{ rate: 10, seconds: 10 }],
    p95Ms: 500,
  },
  steady: {
    describe: 'the promise: 300 requests a second for 1 min',
    startRate: 300,
    stages: [{ rate: 300, seconds: 60 }],
    p95Ms: 100,
  },
  spike: {
    describe: 'ten times the load within 5 s, for 30 s, and back',
    startRate: 50,
    stages: [
      { rate: 50, seconds: 10 },
      { rate: 500, seconds: 5 },
      { rate: 500, seconds: 30 },
      { rate: 50, seconds: 5 },
      { rate: 50, seconds: 20 },
    ],
    p95Ms: 500,
  },
  soak: {
    describe: 'does it stay so: 100 requests a second for 30 min',
    startRate: 100,
    stages: [{ rate: 100, seconds: 30 * 60 }],
    p95Ms: 100,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** One of each in turn. Also the `name` that k6 tags the URLs with. */
export const MIX = ['submit', 'read', 'list'] as const;
export type RequestName = (typeof MIX)[number];

export const LIST_PATH = '/jobs?limit=20';

/** Longest time from the last answer until every accepted job is finished. */
export const FINISH_WITHIN_S = 30;

/** Most jobs that one page of a list holds. */
export const PAGE = 1000;

/** Jobs that every worker can run and that cost it little. */
export const jobs = {
  // No mail server on earth takes this domain: where one is set, its refusals fail the jobs. Use sleep there.
  email: { type: 'email', payload: { to: 'nobody@loadtest.invalid', subject: 'load test' } },
  sleep: { type: 'sleep', payload: { seconds: 1 } },
} as const;

export type JobType = keyof typeof jobs;

export interface Changes {
  /** The highest rate; the others change with it. */
  rate?: string | undefined;
  /** Of the whole, like 45s, 10m or 1h; every stage changes with it. */
  duration?: string | undefined;
}

/** A scenario, with the rate and duration that were asked for. */
export function scenarioWith(name: ScenarioName, { rate, duration }: Changes): Scenario {
  const scenario: Scenario = scenarios[name];
  const faster = rate === undefined ? 1 : rateIn(rate) / highestRate(scenario);
  const longer = duration === undefined ? 1 : secondsIn(duration) / totalSeconds(scenario);
  return {
    ...scenario,
    startRate: atLeastOne(scenario.startRate * faster),
    stages: scenario.stages.map((stage) => ({
      rate: atLeastOne(stage.rate * faster),
      seconds: atLeastOne(stage.seconds * longer),
    })),
  };
}

export function highestRate({ startRate, stages }: Scenario): number {
  return Math.max(startRate, ...stages.map(({ rate }) => rate));
}

function totalSeconds({ stages }: Scenario): number {
  return stages.reduce((sum, { seconds }) => sum + seconds, 0);
}

export function jobNamed(name: string): (typeof jobs)[JobType] {
  if (name === 'email' || name === 'sleep') return jobs[name];
  throw new Error(`there is no job "${name}" for load tests: choose one of ${Object.keys(jobs).join(', ')}`);
}

function rateIn(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= MAX_RATE) return rate;
  throw new Error(`the rate "${text}" is not a whole number of requests per second from 1 to ${MAX_RATE}`);
}

/** More than one client process can send. */
const MAX_RATE = 10_000;

function secondsIn(text: string): number {
  const [, number, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  const seconds = Number(number) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1);
  if (number !== undefined && seconds > 0) return seconds;
  throw new Error(`the duration "${text}" is not like 45s, 10m or 1h`);
}

function atLeastOne(number: number): number {
  return Math.max(1, Math.round(number));
}
