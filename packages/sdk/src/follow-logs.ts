import type { JobLogEvent, LogLevel } from './live-contract.ts';
import { LOG_LEVELS } from './live-contract.ts';
import { watchJob } from './watch.ts';
import type { WatchDeps } from './watch-deps.ts';

export interface FollowLogs {
  id: string;
  level?: LogLevel | undefined;
  attempt?: number | undefined;
  after?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** All lines of a job from the first one on, then those that follow, up to its end; each once. */
export async function* followLogs(
  deps: WatchDeps,
  { id, level = 'debug', attempt, after, signal }: FollowLogs,
): AsyncGenerator<JobLogEvent, void> {
  const least = LOG_LEVELS.indexOf(level);
  for await (const event of watchJob(deps, { id, after, signal, from: 'start' })) {
    if (event.kind !== 'log' || LOG_LEVELS.indexOf(event.level) < least) continue;
    if (attempt === undefined || event.attempt === attempt) yield event;
  }
}
