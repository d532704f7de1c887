import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { FINAL_STATUSES } from '@cloudtask/sdk/contract';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeServices } from '../../../../test/support/services.ts';
import { type Database, DatabaseUnavailable } from '../../src/database/database.ts';
import { isSqlError } from '../../src/database/sql-error.ts';
import { cancelJob } from '../../src/protocol/cancel.ts';
import { claimedBy, claimJobs } from '../../src/protocol/claim.ts';
import { dueDispatches, forgetDispatches, markDispatched, readBacklog } from '../../src/protocol/dispatch.ts';
import { fireTimers } from '../../src/protocol/fire-timers.ts';
import { redriveJob } from '../../src/protocol/redrive.ts';
import { releaseJobs, releaseJobsLater } from '../../src/protocol/release.ts';
import { rescueJobsOf } from '../../src/protocol/rescue.ts';
import { type Settlement, settleAttempts } from '../../src/protocol/settle.ts';
import { submitJobs } from '../../src/protocol/submit.ts';
import { unhintAll } from '../../src/protocol/unhint.ts';
import { findViolations } from '../../src/protocol/violations.ts';
import { heartbeat } from '../../src/protocol/workers.ts';
import { AGEING_MS, completed, failed, interrupted, JobFixture, newJob, snoozed, USER } from './job-fixture.ts';
import { wrongWith } from './legal-moves.ts';
import { type OwnDatabase, openOwnDatabase } from './own-database.ts';
import { takeMoves } from './protocol-tables.ts';

const RUN_MS = Number(process.env.CLOUDTASK_STRESS_MS ?? 8_000);

describeServices('everybody at once, while sessions are terminated', ['postgres'], ({ postgres }) => {
  let own: OwnDatabase;
  beforeAll(async () => {
    own = await openOwnDatabase(postgres, 14);
  });
  afterAll(() => own?.close());

  it('loses no job, breaks no invariant and brings every job to its end', { timeout: RUN_MS + 90_000 }, async () => {
    const crowd = new Crowd(own.db);
    const stopKilling = startKilling(own.url, crowd.seen);
    await crowd.run(RUN_MS);
    await stopKilling();
    const { seen } = crowd;
    expect(await findViolations(own.db)).toEqual([]);
    expect((await takeMoves(own.db)).map(wrongWith).filter((wrong) => wrong !== null)).toEqual([]);
    await crowd.drain();

    const rows = await own.db.kysely
      .selectFrom('cloudtask.job_states')
      .select(['id', 'status', 'fence', 'result'])
      .execute();
    const stored = new Set(rows.map(({ id }) => id));
    const lost = [...crowd.acknowledged].filter((id) => !stored.has(id));
    const unexpected = rows.filter(({ id }) => !crowd.attempted.has(id));
    const wrong = rows.filter(({ status, fence, result }) => status === 'COMPLETED' && result !== fence);
    console.info(
      `${crowd.acknowledged.size} jobs acknowledged, ${lost.length} lost; ${JSON.stringify(Object.fromEntries(seen))}`,
    );
    expect({ lost, unexpected, wrong, violations: await findViolations(own.db) }).toEqual({
      lost: [],
      unexpected: [],
      wrong: [],
      violations: [],
    });
    expect((await takeMoves(own.db)).map(wrongWith).filter((move) => move !== null)).toEqual([]);
    expect(seen.get('sessions terminated')).toBeGreaterThan(10);
    expect(crowd.acknowledged.size).toBeGreaterThan(100);
  });
});

class Crowd {
  readonly acknowledged = new Set<string>();
  readonly attempted = new Set<string>();
  readonly seen = new Map<string, number>();
  readonly #db: Database;
  readonly #jobs: JobFixture;
  readonly #workers: number[] = [];
  readonly #hints: string[] = [];
  readonly #reports: Settlement[] = [];
  #isDraining = false;

  constructor(db: Database) {
    this.#db = db;
    this.#jobs = new JobFixture(db);
  }

  async run(ms: number): Promise<void> {
    for (let n = 0; n < 4; n++) this.#workers.push(await this.#jobs.worker());
    const end = Date.now() + ms;
    const again = async (deed: () => Promise<void>) => {
      while (Date.now() < end) {
        await deed();
        await pause(randomInt(5));
      }
    };
    const deeds = [
      this.#submit,
      this.#submit,
      this.#dispatch,
      this.#dispatch,
      this.#work,
      this.#work,
      this.#work,
      this.#settle,
    ];
    const others = [this.#settle, this.#fire, this.#fire, this.#cancel, this.#recheck, this.#rescue, this.#beat];
    await Promise.all([...deeds, ...others].map((deed) => again(() => deed.call(this))));
  }

  /** Nothing breaks any more: whatever is open comes to its end. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const deadline = Date.now() + 60_000;
    for (;;) {
      for (const workerId of this.#workers.splice(0)) await rescueJobsOf(this.#db, workerId);
      this.#workers.push(await this.#jobs.worker());
      await unhintAll(this.#db);
      while ((await fireTimers(this.#db, 500)).taken > 0) {}
      for (let n = 0; n < 4; n++) await this.#dispatch();
      while (this.#hints.length > 0) await this.#work();
      while (this.#reports.length > 0) await this.#settle();
      const [open] = await this.#db.query<{ count: number }>({ name: 'test_open', text: OPEN }, [FINAL_STATUSES]);
      if (open?.count === 0) return;
      if (Date.now() > deadline) throw new Error(`${open?.count} jobs never end`);
    }
  }

  async #submit(): Promise<void> {
    const batch = Array.from({ length: 1 + randomInt(5) }, () =>
      newJob({
        hinted: randomInt(2) === 0,
        maxAttempts: 1 + randomInt(6),
        ...(randomInt(4) === 0 ? { delayMs: randomInt(300) } : {}),
        ...(randomInt(4) === 0 ? { ttlMs: randomInt(2_000) } : {}),
      }),
    );
    for (const { id } of batch) this.attempted.add(id);
    await this.#persist('submit', () => submitJobs(this.#db, batch, AGEING_MS));
    for (const { id, hinted } of batch) {
      this.acknowledged.add(id);
      if (hinted) this.#hints.push(id);
    }
    await pause(10);
  }

  async #dispatch(): Promise<void> {
    const hints = await this.#persist('read backlog', () =>
      readBacklog(this.#db, { queue: 'default', types: ['test.job'], limit: 30 }),
    );
    const ids = hints.map(({ id }) => id);
    this.#hints.push(...ids, ...ids.slice(0, 3));
    await this.#persist('mark', () =>
      markDispatched(this.#db, { queue: 'default', ids: shuffled(ids), recheckMs: 200 }),
    );
  }

  async #work(): Promise<void> {
    const ids = shuffled(this.#hints).slice(0, 1 + randomInt(8));
    for (const id of ids) this.#hints.splice(this.#hints.indexOf(id), 1);
    const workerId = this.#workers[randomInt(this.#workers.length)];
    if (ids.length === 0 || workerId === undefined) return await pause(3);
    if (!this.#isDraining && randomInt(20) === 0)
      return await this.#persist('release', () => releaseJobs(this.#db, ids));
    if (!this.#isDraining && randomInt(20) === 0)
      return await this.#persist('hold back', () => releaseJobsLater(this.#db, ids, randomInt(300)));
    const request = { ids: [...new Set(ids)], token: randomUUID(), workerId };
    await this.#persist('claim', () => claimJobs(this.#db, request));
    for (const job of await this.#persist('claimed by', () => claimedBy(this.#db, request.token))) {
      this.#note('claims');
      const attempt = { jobId: job.id, fence: job.fence, claimToken: request.token, attempt: job.attempt };
      const fate = this.#isDraining ? 0 : randomInt(10);
      // 9: its worker forgets it, and it is lost until somebody rescues that worker.
      if (fate < 5) this.#reports.push({ ...attempt, outcome: completed(job.fence) });
      else if (fate < 7) this.#reports.push({ ...attempt, outcome: failed({ retryDelayMs: randomInt(300) }) });
      else if (fate === 7) this.#reports.push({ ...attempt, outcome: interrupted(true) });
      else if (fate === 8) this.#reports.push({ ...attempt, outcome: snoozed(randomInt(300)) });
    }
  }

  /** In no order, some twice, some late. */
  async #settle(): Promise<void> {
    const batch = shuffled(this.#reports).slice(0, 20);
    for (const report of batch) if (randomInt(10) > 0) this.#reports.splice(this.#reports.indexOf(report), 1);
    if (batch.length === 0) return await pause(3);
    this.#note('settled', (await this.#persist('settle', () => settleAttempts(this.#db, batch))).length);
    if (!this.#isDraining) await pause(randomInt(20));
  }

  async #fire(): Promise<void> {
    this.#note('timers', (await this.#persist('fire timers', () => fireTimers(this.#db, 20))).taken);
    await pause(10);
  }

  async #recheck(): Promise<void> {
    const due = await this.#persist('due dispatches', () => dueDispatches(this.#db, 10));
    await this.#persist('release', () => releaseJobs(this.#db, shuffled(due.flatMap(({ jobIds }) => jobIds))));
    await this.#persist('forget', () =>
      forgetDispatches(
        this.#db,
        due.map(({ id }) => id),
      ),
    );
    await pause(20);
  }

  async #cancel(): Promise<void> {
    const id = [...this.acknowledged][randomInt(Math.max(1, this.acknowledged.size))];
    if (!id) return;
    await this.#persist('cancel', () => cancelJob(this.#db, { id, userId: USER, reason: null }));
    await this.#persist('redrive', () => redriveJob(this.#db, { id, userId: USER }, AGEING_MS));
    await pause(15);
  }

  /** Rightly or wrongly: the others go on claiming for this worker for a while. */
  async #rescue(): Promise<void> {
    const [workerId] = this.#workers;
    if (workerId === undefined) return;
    this.#workers.push(await this.#persist('register', () => this.#jobs.worker()));
    for (let n = 0; n < 3; n++) {
      this.#note('rescued', (await this.#persist('rescue', () => rescueJobsOf(this.#db, workerId))).length);
      if (n === 0) this.#workers.shift();
      await pause(150);
    }
  }

  async #beat(): Promise<void> {
    const workerId = this.#workers.at(-1);
    if (workerId === undefined) return;
    const beat = { workerId, busy: 0, types: [], lastDeliveryAt: null, doneTokens: [] };
    await this.#persist('heartbeat', () => heartbeat(this.#db, beat));
    await pause(20);
  }

  /** Every statement may be repeated when its answer was lost or PostgreSQL asks for it. */
  async #persist<T>(name: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (isSqlError(error, '40P01', '40001')) this.#note(`deadlocks in ${name}`);
        else if (error instanceof DatabaseUnavailable) this.#note('lost answers');
        else throw error;
        await pause(randomInt(10));
      }
    }
  }

  #note(what: string, times = 1): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + times);
  }
}

const OPEN = 'select count(*) as count from cloudtask.job_states where status::text <> all ($1::text[])';

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Ends random sessions in this database, over and over, from a session that is not in it. */
function startKilling(url: string, seen: Map<string, number>): () => Promise<void> {
  const server = new URL(url);
  const database = server.pathname.slice(1);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.href });
  let isOver = false;
  const killing = (async () => {
    await client.connect();
    while (!isOver) {
      await pause(250);
      const { rowCount } = await client.query(KILL, [database]);
      seen.set('sessions terminated', (seen.get('sessions terminated') ?? 0) + (rowCount ?? 0));
    }
    await client.end();
  })();
  return async () => {
    isOver = true;
    await killing;
  };
}

// Waits for their end: one that comes after the last round would hit what only looks.
const KILL = `
  select pg_terminate_backend(pid, 5000) from pg_stat_activity
   where datname = $1 and backend_type = 'client backend' order by random() limit 2`;
