import { QUEUE_NAME } from '@cloudtask/core/messages';
import { listOf, matching, type Parser } from '@cloudtask/core/settings-parsers';

/** `queues`: names, or `name:slots` of one that has slots of its own. `concurrency`: the slots that all others share. */
export interface QueueSettings {
  queues: readonly string[];
  concurrency: number;
}

const names = listOf(
  matching(
    new RegExp(`^${QUEUE_NAME}(:[1-9]\\d{0,3})?$`),
    'names of letters, digits and . _ -, or name:slots with 1 to 9999 slots',
  ),
);

/** As they were written. */
export const queueList: Parser<string[]> = Object.assign((value: string) => {
  const queues = names(value);
  if (queues.length === 0) throw new Error('must name a queue at least');
  if (new Set(queues.map((each) => readQueue(each).queue)).size < queues.length) {
    throw new Error('must name each queue once');
  }
  return queues;
}, names);

/** What the database is told of the queues of a worker. */
export function describeQueues({ queues, concurrency }: QueueSettings) {
  const read = queues.map(readQueue);
  return {
    queues: read.map(({ queue }) => queue),
    queueSlots: read.map(({ slots }) => slots),
    slots: read.some(({ slots }) => slots === 0) ? concurrency : 0,
  };
}

/** `slots` 0: it shares those of the worker. */
function readQueue(text: string): { queue: string; slots: number } {
  const [queue = '', slots = '0'] = text.split(':');
  return { queue, slots: Number(slots) };
}
