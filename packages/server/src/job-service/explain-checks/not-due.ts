import type { Check, Situation } from './situation.ts';
import { span } from './wording.ts';

export const notDue: Check = (situation) => {
  const { job, detail } = situation;
  const { status, nextAt } = job;
  // Between two attempts it is the backoff that says when.
  if (status === 'RETRYING') return undefined;
  const waits = status === 'SCHEDULED' && nextAt !== null && nextAt > detail.now;
  if (!waits) return { code: 'NOT_DUE', ok: true, message: 'The job is due.' };
  const at = nextAt.toISOString();
  return {
    code: 'NOT_DUE',
    ok: false,
    message: `${why(situation)} until ${at}, in ${span(nextAt.getTime() - detail.now.getTime())}.`,
    next: { what: 'due', at },
  };
};

function why({ job, detail }: Situation): string {
  if (detail.lastOutcome === 'snoozed' && job.fence > 0) return 'Its handler put the job off';
  if (job.scheduleId !== null) return 'Its schedule made the job wait';
  return 'The job was submitted to wait';
}
