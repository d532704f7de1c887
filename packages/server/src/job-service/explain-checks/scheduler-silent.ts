import type { Check, Situation } from './situation.ts';
import { ago } from './wording.ts';

export const schedulerSilent: Check = (situation) => {
  const { scheduler, detail } = situation;
  if (!scheduler.isSilent) return { code: 'SCHEDULER_SILENT', ok: true, message: 'A scheduler is at work.' };
  const since = scheduler.seenAt
    ? `The last sign of a scheduler came ${ago(scheduler.seenAt, detail.now)}`
    : 'No scheduler has ever been seen';
  const needsIt = needsScheduler(situation);
  return {
    code: 'SCHEDULER_SILENT',
    ok: false,
    message: `${since}${needsIt ? ', and it is the one who tells workers of this job' : '; this job may start without one'}.`,
    hint: 'Delays, retries and the backlog wait for a scheduler.',
    command: 'npm run scheduler',
    verdict: needsIt ? 'blocked' : 'waiting',
  };
};

function needsScheduler({ job, detail }: Situation): boolean {
  return job.status !== 'PENDING' || !detail.hinted;
}
