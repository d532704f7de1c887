import type { Explanation } from '../contract.ts';
import type { WatchDeps } from '../watch-deps.ts';

/** Somebody who waits for a job that nobody can run would wait for ever, and never learn why. */
const ADVISE_AFTER_MS = 2_000;
const NOBODY = new Set(['NO_WORKER', 'NO_WORKER_FOR_TYPE']);

/** Looks once, after a while, whether anybody can run the job, and tells when nobody can. Call the answer when the wait is over. */
export function adviseWaiting({ requester, onWarning }: WatchDeps, id: string): () => void {
  const leave = new AbortController();
  async function advise(): Promise<void> {
    const path = `/jobs/${encodeURIComponent(id)}/explain`;
    const look = { operation: 'jobs.explain', method: 'GET', path, maxRetries: 0, signal: leave.signal } as const;
    const { verdict, checks } = (await requester.json<Explanation>(look)).data;
    const reason = checks.find(({ ok }) => !ok);
    if (verdict !== 'blocked' || !reason || !NOBODY.has(reason.code)) return;
    const { code, message, hint = '' } = reason;
    const warning = { jobId: id, code, message: `job ${id} waits: ${message} ${hint}`.trim() };
    if (onWarning) onWarning(warning);
    else process.emitWarning(warning.message, { type: 'CloudTaskWarning', code });
  }
  // Advice only: whatever goes wrong with it, the wait goes on.
  const timer = setTimeout(() => advise().catch(() => {}), ADVISE_AFTER_MS);
  return () => {
    clearTimeout(timer);
    leave.abort();
  };
}
