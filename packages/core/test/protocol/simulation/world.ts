import type { JobStatus } from '@cloudtask/sdk/contract';
import type { Database } from '../../../src/database/database.ts';
import type { Settlement } from '../../../src/protocol/settle.ts';
import type { NewJob } from '../../../src/protocol/submit.ts';
import { USER } from '../job-fixture.ts';
import { setClock } from '../protocol-tables.ts';
import { Random } from './random.ts';

/** What the simulation knows of a job without asking the database. */
export interface SimulatedJob {
  asked: NewJob;
  /** Somebody was told `cancelled`, and nobody has retried it since. */
  isCancelled: boolean;
  /** Handler starts in this life that may have done something: snoozes are taken back. */
  begun: number;
  owner: Owner | null;
  /** As of the last look at the moves. */
  status: JobStatus | null;
}

/** Who won the last claim, until its attempt is settled. */
export interface Owner {
  fence: number;
  token: string;
  workerId: number;
  begun: boolean;
  /** Somebody was told that this attempt will be asked to stop. */
  isToStop: boolean;
}

export interface Run extends Owner {
  jobId: string;
  attempt: number;
}

export interface SimulatedWorker {
  id: number;
  /** False once it crashed. */
  isAlive: boolean;
  /** As the database should see it: it was declared dead, or said that it stopped. */
  isOver: boolean;
  runs: Run[];
  /** Reported, and not yet seen settled: reported again until it is. */
  reported: Settlement[];
  /** Claims that still have something in `runs` or `reported`, or have just lost it. */
  tokens: Set<string>;
}

/** A promise of the protocol that a history broke. `rule` is an invariant's number or the name of a promise to callers. */
export class Broken extends Error {
  readonly rule: string;
  constructor(rule: string, what: string) {
    super(`[${rule}] ${what}`);
    this.rule = rule;
  }
}

/** Everything outside the database: the broker's queues, the workers, and what callers were told. */
export class World {
  readonly db: Database;
  readonly random: Random;
  readonly jobs = new Map<string, SimulatedJob>();
  /** What each idempotency key stands for, and until when. */
  readonly keys = new Map<string, { jobId: string; until: number }>();
  /** `jobs.created` and `jobs.completed`: reordered, doubled and lost at will. */
  readonly hints: string[] = [];
  readonly reports: Settlement[] = [];
  /** Hints that were published and whose mark in the database is late. */
  readonly lateMarks: string[][] = [];
  workers: SimulatedWorker[] = [];
  now = Date.UTC(2026, 0, 1);
  watermark = Date.UTC(2026, 0, 1);
  isMailPaused = false;
  readonly counts = {
    submitted: 0,
    claims: 0,
    settled: 0,
    stale: 0,
    crashes: 0,
    wrongVerdicts: 0,
    rescued: 0,
    lostHints: 0,
    redrives: 0,
  };

  constructor(db: Database, seed: number) {
    this.db = db;
    this.random = new Random(seed);
  }

  async passTime(ms: number): Promise<void> {
    this.now += ms;
    await setClock(this.db, new Date(this.now));
  }

  newJob(): NewJob {
    const { random } = this;
    return {
      id: random.idAt(this.now),
      userId: USER,
      type: random.chance(0.8) ? 'fast' : 'slow',
      queue: random.chance(0.8) ? 'default' : 'mail',
      payload: '{}',
      priority: random.below(10),
      maxAttempts: 1 + random.below(5),
      timeoutMs: random.chance(0.1) ? 0 : 60_000,
      hinted: random.chance(0.7),
      ...(random.chance(0.3) ? { delayMs: random.below(60_000) } : {}),
      ...(random.chance(0.3) ? { ttlMs: random.below(120_000) } : {}),
    };
  }

  /** Mostly of a job that `isLiked`, else of any, or of none. */
  anyId(isLiked: (job: SimulatedJob) => boolean = () => true): string {
    const liked = this.random.chance(0.7) ? [...this.jobs].filter(([, job]) => isLiked(job)) : [...this.jobs];
    return this.random.pick(liked)?.[0] ?? this.random.idAt(this.now);
  }

  anyWorker(): SimulatedWorker | undefined {
    return this.random.pick(this.workers.filter(({ isAlive }) => isAlive));
  }

  job(id: string): SimulatedJob {
    const job = this.jobs.get(id);
    if (!job) throw new Broken('unexpected', `job ${id} was never submitted`);
    return job;
  }
}
