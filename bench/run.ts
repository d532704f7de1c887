// npm run bench [-- --quick]: the same work through a naive pipeline and through CloudTask, interleaved, on servers of
// its own. Ratios inside one run and CPU time per job hold on a noisy machine; times do not.
import { parseArgs } from 'node:util';
import { startOwnPostgres } from '../test/support/own-postgres.ts';
import { startOwnRabbitmq } from '../test/support/own-rabbitmq.ts';
import { type Slowness, slowness } from './calibrate.ts';
import { type Contestant, type Mode, startContestant } from './contestant.ts';
import { listenerOn } from './cpu.ts';
import { type Measurement, measure } from './measure.ts';
import { cpuPerJob, groups, median, printTable } from './table.ts';

/** Budgets of docs/decisions/0004-budgets.md, in CPU µs per job on its machine: client + worker + stores. */
const BUDGET_US = { bulk: 80, single: 130 } as const satisfies Record<Mode, number>;
const NAIVE_TIMES = 10;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 3 : 7));
const JOBS = {
  cloudtask: flags.quick ? { bulk: 20_000, single: 20_000 } : { bulk: 100_000, single: 50_000 },
  naive: flags.quick ? { bulk: 2_000, single: 1_000 } : { bulk: 5_000, single: 3_000 },
} as const;

// PostgreSQL waits for the disk and RabbitMQ stores what it confirms: durable on both sides, as in production.
const postgres = await startOwnPostgres({ fsync: 'on', shared_buffers: '256MB', max_wal_size: '4GB' });
const rabbitmq = await startOwnRabbitmq();
const stores = [postgres.url, rabbitmq.url].map((url) => listenerOn(Number(new URL(url).port)));
const urls = { database: postgres.url, broker: rabbitmq.url };
const measurements: Measurement[] = [];
const slownesses: Slowness[] = [];
try {
  const contestants = [await startContestant('naive', urls), await startContestant('cloudtask', urls)];
  for (const contestant of contestants) await warmUp(contestant);
  for (let round = 1; round <= rounds; round += 1) {
    slownesses.push(await slowness(urls.database, stores[0] as number));
    for (const mode of ['bulk', 'single'] as const) {
      for (const contestant of contestants) {
        if (!flags.json) process.stderr.write(`round ${round} of ${rounds}: ${contestant.name}, ${mode}      \r`);
        const jobs = JOBS[contestant.name as keyof typeof JOBS][mode];
        measurements.push(await measure(contestant, stores, mode, jobs));
      }
    }
  }
  for (const contestant of contestants) await contestant.close();
} finally {
  await Promise.all([postgres.close(), rabbitmq.close()]);
}
if (flags.json) console.log(JSON.stringify({ slownesses, measurements }));
else printTable(measurements);
process.exitCode = judge() ? 0 : 1;

/** Compiled code, prepared statements, and the run times by which CloudTask packs its messages. Half a round of each mode. */
async function warmUp(contestant: Contestant): Promise<void> {
  const jobs = JOBS[contestant.name as keyof typeof JOBS];
  await measure(contestant, stores, 'bulk', 1_000);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  for (const mode of ['single', 'bulk'] as const) await measure(contestant, stores, mode, jobs[mode] / 2);
}

function measuredSlowness(whose: keyof Slowness): number {
  return median(slownesses.map((each) => each[whose]));
}

/** A slower machine, or a busier one, makes everything dearer; a faster one does not make the budgets smaller. */
function slownessOf(whose: keyof Slowness): number {
  return Math.max(1, measuredSlowness(whose));
}

function judge(): boolean {
  const byName = groups(measurements);
  const cpu = (name: string) => cpuPerJob(byName.get(name) ?? []);
  const ratio = cpu('naive, bulk') / cpu('cloudtask, bulk');
  const [node, postgres] = [slownessOf('node'), slownessOf('postgres')];
  const there = (mode: Mode) =>
    median((byName.get(`cloudtask, ${mode}`) ?? []).map((one) => one.cpuOwnUs / node + one.cpuStoresUs / postgres));
  const verdicts = [
    {
      ok: ratio >= NAIVE_TIMES,
      says: `bulk costs 1/${ratio.toFixed(1)} of the naive pipeline (must: 1/${NAIVE_TIMES} or less)`,
    },
    ...(['bulk', 'single'] as const).map((mode) => ({
      ok: there(mode) <= BUDGET_US[mode],
      says: `${mode} costs ${cpu(`cloudtask, ${mode}`).toFixed(1)} CPU µs per job here, ${there(mode).toFixed(1)} where the budgets were set (budget: ${BUDGET_US[mode]})`,
    })),
  ];
  const measured = { postgres: measuredSlowness('postgres').toFixed(2), node: measuredSlowness('node').toFixed(2) };
  const says = `PostgreSQL ${measured.postgres} times and Node ${measured.node} times what it did`;
  console.error(`storing a row costs ${says} where the budgets were set`);
  for (const { ok, says } of verdicts) console.error(`${ok ? '✓' : '✗'} ${says}`);
  return verdicts.every(({ ok }) => ok);
}
