import { laneFor } from '@cloudtask/core/protocol/live-workers';
import { countInLane } from '../../store/count-running.ts';
import { MOST_AHEAD } from '../../store/explain-queries.ts';
import { ableWorkers, type Check, type Situation } from './situation.ts';
import { counted } from './wording.ts';

export const slotsBusy: Check = (situation) => {
  const { job, running } = situation;
  const able = ableWorkers(situation);
  if (able.length === 0) return undefined;
  const lanes = able.flatMap((worker) => {
    const lane = laneFor(worker, job.queue);
    return lane ? [{ slots: lane.slots, ...countInLane(running, worker, lane) }] : [];
  });
  const sum = (of: 'slots' | 'busy' | 'own') => lanes.reduce((total, lane) => total + lane[of], 0);
  const [slots, busy, own] = [sum('slots'), sum('busy'), sum('own')];
  const isBusy = busy >= slots;
  const [isFree, least] = running.isAtLeast ? ['A slot may be free', 'at least '] : ['A slot is free', ''];
  const mine = own === 0 ? '' : `, ${own.toLocaleString('en')} of them by your own jobs`;
  const use = `${busy.toLocaleString('en')} of ${counted(slots, 'slot')} of ${counted(able.length, 'worker')} taken${mine}`;
  return {
    code: 'SLOTS_BUSY',
    ok: !isBusy,
    message: `${isBusy ? 'All slots are busy: ' : `${isFree}: ${least}`}${use}.${queueing(situation)}`,
    ...(isBusy && {
      hint: 'It starts as slots become free; more workers, or a higher priority, make that sooner.',
      ...(situation.isShared && { command: `cloudtask worker start --queues ${job.queue}` }),
    }),
  };
};

function queueing({ ahead, detail, job }: Situation): string {
  // What has its time still to come is in no line yet.
  if (job.nextAt !== null && job.nextAt > detail.now) return '';
  if (detail.hinted) return ' The job is with the broker already, among the next.';
  if (ahead >= MOST_AHEAD) return ` ${MOST_AHEAD.toLocaleString('en')} jobs or more are ahead of it.`;
  return ahead === 0 ? ' No waiting job is ahead of it.' : ` ${counted(ahead, 'job')} ahead of it.`;
}
