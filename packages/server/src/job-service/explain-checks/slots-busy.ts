import { type LiveWorker, MOST_AHEAD } from '../../store/explain-queries.ts';
import { ableWorkers, type Check, type Situation } from './situation.ts';
import { counted } from './wording.ts';

export const slotsBusy: Check = (situation) => {
  const able = ableWorkers(situation);
  if (able.length === 0) return undefined;
  const lanes = able.map((worker) => laneOf(worker, situation));
  const slots = sum(lanes.map((lane) => lane.slots));
  const busy = sum(lanes.map((lane) => Math.min(lane.busy, lane.slots)));
  const own = sum(lanes.map((lane) => lane.own));
  const mine = own === 0 ? '' : `, ${own.toLocaleString('en')} of them by your own jobs`;
  const use = `${busy.toLocaleString('en')} of ${counted(slots, 'slot')} of ${counted(able.length, 'worker')} taken${mine}`;
  const isBusy = busy >= slots;
  return {
    code: 'SLOTS_BUSY',
    ok: !isBusy,
    message: `${isBusy ? 'All slots are busy' : 'A slot is free'}: ${use}. ${queueing(situation)}`,
    ...(isBusy && {
      hint: 'It starts as slots become free; more workers, or a higher priority, make that sooner.',
      command: `CLOUDTASK_QUEUES=${situation.job.queue} npm run worker`,
    }),
  };
};

/** The slots of a worker that this queue has or shares, and what is in them. */
function laneOf({ id, queues, queueSlots, slots }: LiveWorker, { running, job }: Situation) {
  const own = queueSlots?.[queues.indexOf(job.queue)] ?? 0;
  const sharing = queues.filter((_, index) => !queueSlots?.[index]);
  const inLane = running.filter(
    ({ workerId, queue }) => workerId === id && (own > 0 ? queue === job.queue : sharing.includes(queue)),
  );
  return {
    slots: own > 0 ? own : slots,
    busy: sum(inLane.map(({ count }) => count)),
    own: sum(inLane.map((each) => each.own)),
  };
}

function queueing({ ahead, detail }: Situation): string {
  if (detail.hinted) return 'The job is with the broker already, among the next.';
  if (ahead >= MOST_AHEAD) return `${MOST_AHEAD.toLocaleString('en')} jobs or more are ahead of it.`;
  return ahead === 0 ? 'No waiting job is ahead of it.' : `${counted(ahead, 'job')} ahead of it.`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
