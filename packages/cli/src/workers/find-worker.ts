import type { CloudTask, WorkerInfo } from '@cloudtask/sdk';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { findNamed } from '../find-named.ts';
import { printable } from '../views/printable.ts';

/** The worker of that id, name or host: the one that takes jobs, else the newest, also one that is gone. */
export async function findWorker(ct: CloudTask, ref: string): Promise<WorkerInfo> {
  const live = await liveWorkers(ct);
  const [running] = takingJobs(meantBy(ref, live));
  if (running) return running;
  const all = await lastWorkers(ct);
  const [newest] = meantBy(ref, all);
  return newest ?? named([...live, ...all], ref);
}

/** The one worker of that id, name or host that has not ended; of several that one has to be named by its id. */
export async function findRunningWorker(ct: CloudTask, ref: string): Promise<WorkerInfo> {
  const live = await liveWorkers(ct);
  const meant = takingJobs(meantBy(ref, live));
  const [only, ...others] = meant;
  if (only && others.length === 0) return only;
  if (only) throw ambiguous(ref, meant);
  const [gone] = meantBy(ref, await lastWorkers(ct));
  if (gone) throw ended(gone);
  return named(live, ref);
}

function liveWorkers(ct: CloudTask): Promise<WorkerInfo[]> {
  return ct.workers.list().toArray({ limit: Number.POSITIVE_INFINITY });
}

function lastWorkers(ct: CloudTask): Promise<WorkerInfo[]> {
  return ct.workers.list({ all: true }).toArray({ limit: 1_000 });
}

/** What identifies more comes first: a host has many workers. */
function meantBy(ref: string, workers: readonly WorkerInfo[]): WorkerInfo[] {
  const ways: ((worker: WorkerInfo) => boolean)[] = [
    ({ id }) => String(id) === ref,
    ({ name }) => name === ref,
    ({ host }) => host === ref,
  ];
  return ways.map((way) => workers.filter(way)).find(({ length }) => length > 0) ?? [];
}

/** After a restart the one that ends and the one that has begun have the same name. */
function takingJobs(workers: readonly WorkerInfo[]): readonly WorkerInfo[] {
  const live = workers.filter(({ state }) => state === 'live');
  return live.length > 0 ? live : workers;
}

function named(workers: readonly WorkerInfo[], ref: string): WorkerInfo {
  return findNamed(workers, ref, {
    what: 'worker',
    nameOf: ({ name }) => name,
    list: 'cloudtask workers list --all',
  });
}

function ambiguous(ref: string, workers: readonly WorkerInfo[]): CliError {
  const each = workers.map(({ id, host, busy, slots }) => `${id} (${printable(host)}, ${busy} of ${slots} slots busy)`);
  return usageError(`${workers.length} workers are ${printable(ref)}`, {
    why: `Name one of them by its id: ${each.join(', ')}.`,
    tryThis: `cloudtask workers drain ${workers[0]?.id}`,
  });
}

function ended({ id, name, state }: WorkerInfo): CliError {
  return new CliError(`${printable(name)} (${id}) has ended: it is ${state}`, {
    code: 'WORKER_NOT_FOUND',
    exit: EXIT.notFound,
    tryThis: 'cloudtask workers list',
  });
}
