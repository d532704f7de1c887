import { isFinal } from '@cloudtask/sdk/contract';
import type { Check } from './situation.ts';
import { ago } from './wording.ts';

export const finished: Check = ({ job, detail }) => {
  const { id, status, reason, error, updatedAt } = job;
  if (!isFinal(status)) return { code: 'FINISHED', ok: true, message: 'The job has not ended.' };
  const why = reason === null ? '' : ` (${reason})`;
  const said = status === 'FAILED' && error ? `: ${error.message.slice(0, 500)}` : '';
  return {
    code: 'FINISHED',
    ok: false,
    message: `The job ended ${status}${why} ${ago(updatedAt, detail.now)}${said}`,
    ...(status !== 'COMPLETED' && { hint: 'It can be run again.', command: `POST /jobs/${id}/retry` }),
  };
};
