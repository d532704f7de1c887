import type { CloudTask } from '@cloudtask/sdk';
import { readPast } from '../jobs/read-past.ts';
import type { Look } from '../output/answer.ts';
import { explanationLines } from '../views/explanation-lines.ts';
import { jobDetails } from '../views/job-details.ts';
import { logLines } from '../views/log-kind.ts';
import { queueKind } from '../views/queue-kind.ts';
import { shortRef } from '../views/status.ts';
import { workerDetailsKind } from '../views/worker-details.ts';
import type { TopAct } from './top-keys.ts';
import type { Sheet, TopState } from './top-state.ts';

/** How many lines of a log are read for one look. */
const LOG_LINES = 200;

/** The text about what is meant, as the commands `show`, `explain` and `logs` would give it. */
export async function openSheet(
  ct: CloudTask,
  { state, look, act }: { state: TopState; look: Look; act: Extract<TopAct, { kind: 'open' }> },
): Promise<Sheet> {
  const { what, panel, name } = act;
  if (panel === 'queues') return sheet(`Queue ${name}`, detailsOf(state.snapshot?.queues ?? [], name, queueKind, look));
  if (panel === 'workers') {
    const worker = state.snapshot?.workers?.find((each) => each.name === name);
    const lines = worker && workerDetailsKind.details?.(await ct.workers.get(worker.id), look);
    return sheet(`Worker ${name}`, lines ?? GONE);
  }
  const job = await ct.jobs.get(name);
  const ref = shortRef(name);
  if (what === 'details') return sheet(`Job ${ref}`, jobDetails(job, await readPast(ct, job), look));
  if (what === 'explain')
    return sheet(`Why ${ref} is where it is`, explanationLines(await ct.jobs.explain(name), job, look));
  const newest = await ct.jobs.logs(name, { order: 'newest', limit: LOG_LINES }).toArray({ limit: LOG_LINES });
  const lines = newest.toReversed().flatMap((line) => logLines(line, look));
  // The end is what people want to see; the beginning is above it.
  return {
    ...sheet(`Log of ${ref}`, lines.length === 0 ? ['It has said nothing.'] : lines),
    scrolled: Math.max(0, lines.length - 15),
  };
}

function detailsOf<T extends { name: string }>(
  all: readonly T[],
  name: string,
  { details }: { details?(item: T, look: Look): string[] },
  look: Look,
): string[] {
  const found = all.find((each) => each.name === name);
  return found && details ? details(found, look) : GONE;
}

const GONE = ['It is gone.'];

function sheet(title: string, lines: readonly string[]): Sheet {
  return { title, lines, scrolled: 0 };
}
