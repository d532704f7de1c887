import { setTimeout as pause } from 'node:timers/promises';
import type { Account } from './account.ts';
import { FINISH_WITHIN_S, PAGE } from './scenarios.ts';

/** What became of the accepted jobs. */
export interface AuditedJobs {
  completed: number;
  /** Ended otherwise, by status. */
  others: Record<string, number>;
  unfinished: number;
  /** Accepted, and not in the list. */
  lost: number;
  /** Until the last one was finished, or it was no longer waited for. */
  waitedSeconds: number;
}

/** Reads the account's whole list until every accepted job is final, at most as long as is promised. */
export async function auditJobs(
  account: Account,
  accepted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<AuditedJobs> {
  const startedAt = performance.now();
  const waited = () => (performance.now() - startedAt) / 1000;
  for (;;) {
    const audited = audit(accepted, await statuses(account));
    if (audited.unfinished === 0 || waited() > FINISH_WITHIN_S || signal.aborted) {
      return { ...audited, waitedSeconds: waited() };
    }
    await pause(500);
  }
}

function audit(
  accepted: ReadonlySet<string>,
  statusOf: ReadonlyMap<string, string>,
): Omit<AuditedJobs, 'waitedSeconds'> {
  const counts: Record<string, number> = {};
  for (const id of accepted) {
    const status = statusOf.get(id) ?? 'LOST';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  const { COMPLETED: completed = 0, LOST: lost = 0, ...rest } = counts;
  const others = Object.fromEntries(Object.entries(rest).filter(([status]) => FINAL.has(status)));
  const unfinished = accepted.size - completed - lost - Object.values(others).reduce((sum, count) => sum + count, 0);
  return { completed, others, unfinished, lost };
}

const FINAL = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED']);

async function statuses({ url, headers }: Account): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let path: string | undefined = `/jobs?limit=${PAGE}&fields=id,status`;
  while (path !== undefined) {
    const answer: Response = await fetch(new URL(path, url), { headers });
    if (!answer.ok) throw new Error(`GET ${path} was answered ${answer.status}: ${await answer.text()}`);
    for (const { id, status } of (await answer.json()) as { id: string; status: string }[]) found.set(id, status);
    path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return found;
}
