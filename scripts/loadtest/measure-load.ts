import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import { openAccount } from './account.ts';
import { type AuditedJobs, auditJobs } from './audit-jobs.ts';
import { type JobType, MIX, type RequestName, type Scenario } from './scenarios.ts';
import { idIn, type LoadAnswer, sendLoad } from './send-load.ts';
import { stepsOf } from './steps.ts';

export interface Load {
  byName: Record<RequestName, Measured>;
  /** Sent without an answer, and why the first of them. */
  unanswered: number;
  firstError: string | undefined;
  /** Not sent in time. */
  dropped: number;
  accepted: number;
  /** Undefined: it was not asked, because the test was stopped. */
  audited: AuditedJobs | undefined;
  seconds: number;
  /** How late this program itself was, at worst in 99 of 100 cases. */
  lagMs: number;
  isStopped: boolean;
}

export interface Measured {
  /** Of what was answered, in µs. */
  latency: RecordableHistogram;
  failed: number;
}

const EXPECTED = { submit: 201, read: 200, list: 200 } as const satisfies Record<RequestName, number>;

export interface MeasureLoad {
  url: string;
  scenario: Scenario;
  jobType: JobType;
  signal: AbortSignal;
}

export async function measureLoad({ url, scenario, jobType, signal }: MeasureLoad): Promise<Load> {
  const account = await openAccount(url, jobType);
  const steps = stepsOf(scenario);
  const byName = { submit: nothingYet(), read: nothingYet(), list: nothingYet() };
  const accepted = new Set([account.firstJob]);
  const errors: Error[] = [];
  let answered = 0;
  let late = 0;

  function onAnswer({ name, status, durationMs, body }: LoadAnswer): void {
    if (signal.aborted) return;
    const measured = byName[name];
    measured.latency.record(Math.max(1, Math.round(durationMs * 1000)));
    answered += 1;
    // A connection sends once a second: what it could not send meanwhile is late.
    late += Math.floor(durationMs / 1000);
    const id = name === 'submit' ? idIn(body) : undefined;
    if (status !== EXPECTED[name] || (name === 'submit' && id === undefined)) measured.failed += 1;
    else if (id !== undefined) accepted.add(id);
  }

  function onError(error: Error): void {
    // Ctrl-C reaches the whole group of a terminal: a platform of our own stops with us, which says nothing about it.
    if (!signal.aborted) errors.push(error);
  }

  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  const startedAt = performance.now();
  await sendLoad({ account, jobType, steps, signal, onAnswer, onError });
  const seconds = (performance.now() - startedAt) / 1000;
  lag.disable();

  const isStopped = signal.aborted;
  const planned = steps.reduce((sum, { rate, seconds }) => sum + rate * seconds, 0);
  const unsent = isStopped ? 0 : Math.max(0, planned - answered - errors.length);
  return {
    byName,
    unanswered: errors.length,
    firstError: errors[0]?.message,
    dropped: late + unsent,
    accepted: accepted.size,
    audited: isStopped ? undefined : await auditJobs(account, accepted, signal),
    seconds,
    lagMs: Math.max(0, lag.percentile(99) / 1e6 - 10),
    isStopped,
  };
}

function nothingYet(): Measured {
  return { latency: createHistogram(), failed: 0 };
}

export function allRequests({ byName }: Load): Measured {
  const latency = createHistogram();
  for (const name of MIX) latency.add(byName[name].latency);
  return { latency, failed: MIX.reduce((sum, name) => sum + byName[name].failed, 0) };
}
