import { POISON_LOSSES } from '@cloudtask/core/protocol/settle';
import type { Check } from './situation.ts';
import { counted } from './wording.ts';

export const workerLost: Check = ({ job: { losses } }) => {
  if (losses === 0) return { code: 'WORKER_LOST', ok: true, message: 'It has lost no worker.' };
  return {
    code: 'WORKER_LOST',
    ok: false,
    message: `${counted(losses, 'worker')} died while the job ran; after ${POISON_LOSSES} it ends FAILED (POISON).`,
    hint: 'Look for out-of-memory kills and crashes in the logs of its workers.',
  };
};
