import { setTimeout as pause } from 'node:timers/promises';
import type { Contestant, Mode } from './contestant.ts';
import { cpuOf } from './cpu.ts';

export interface Measurement {
  contestant: string;
  mode: Mode;
  jobs: number;
  submittedPerSecond: number;
  finishedPerSecond: number;
  /** CPU µs per job of client + worker, and of the stores. */
  cpuOwnUs: number;
  cpuStoresUs: number;
}

/** Submits jobs and waits until each result is stored: throughput end to end, and the CPU time of everything involved. */
export async function measure(
  contestant: Contestant,
  storePids: readonly number[],
  mode: Mode,
  jobs: number,
): Promise<Measurement> {
  const before = await contestant.finished();
  const [own, stores, start] = [cpuOf(contestant.pids), cpuOf(storePids), performance.now()];
  await contestant.submit(mode, jobs);
  const submitted = performance.now();
  while ((await contestant.finished()) - before < jobs) {
    await pause(20);
    if (performance.now() - submitted > 300_000)
      throw new Error(
        `${contestant.name} finished ${(await contestant.finished()) - before} of ${jobs} jobs in 5 minutes`,
      );
  }
  const finished = performance.now();
  return {
    contestant: contestant.name,
    mode,
    jobs,
    submittedPerSecond: (jobs / (submitted - start)) * 1000,
    finishedPerSecond: (jobs / (finished - start)) * 1000,
    cpuOwnUs: (cpuOf(contestant.pids) - own) / jobs,
    cpuStoresUs: (cpuOf(storePids) - stores) / jobs,
  };
}
