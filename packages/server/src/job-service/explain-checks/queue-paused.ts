import type { Check } from './situation.ts';

export const queuePaused: Check = ({ job, pause }) => {
  const queue = job.queue;
  if (!pause) return { code: 'QUEUE_PAUSED', ok: true, message: `The queue ${queue} is not paused.` };
  const { pausedBy, pausedAt, reason, resumesAt } = pause;
  const until = resumesAt ? `until ${resumesAt.toISOString()}` : 'until somebody resumes it';
  return {
    code: 'QUEUE_PAUSED',
    ok: false,
    message: `The queue ${queue} was paused by ${pausedBy} at ${pausedAt.toISOString()}${reason ? ` (${reason})` : ''}, ${until}.`,
    hint: 'Its jobs wait; those that run go on. An operator can resume it.',
    command: `POST /queues/${queue}/resume`,
    verdict: resumesAt ? 'waiting' : 'blocked',
    ...(resumesAt && { next: { what: 'resume', at: resumesAt.toISOString() } }),
  };
};
