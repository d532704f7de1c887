import type { Check } from './situation.ts';
import { span } from './wording.ts';

export const retryBackoff: Check = ({ job, detail }) => {
  const { status, nextAt, failures, losses, attemptLimit, error } = job;
  if (status !== 'RETRYING' || nextAt === null || nextAt <= detail.now) {
    return { code: 'RETRY_BACKOFF', ok: true, message: 'No delay between two attempts holds it.' };
  }
  const attempt = failures + losses + 1;
  const at = nextAt.toISOString();
  const last = error ? ` The last one failed: ${error.message.slice(0, 500)}` : '';
  return {
    code: 'RETRY_BACKOFF',
    ok: false,
    message: `Attempt ${attempt} of ${attemptLimit} comes at ${at}, in ${span(nextAt.getTime() - detail.now.getTime())}.${last}`,
    next: { what: 'retry', at },
  };
};
