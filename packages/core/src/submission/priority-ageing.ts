import type { Setting } from '../config.ts';
import { durationFrom } from '../settings-parsers.ts';

/** The same for all services that put jobs in line: a submit, a person's retry, an action on many jobs, a handler. */
export const priorityAgeing = {
  env: 'CLOUDTASK_PRIORITY_AGEING',
  flag: 'priority-ageing',
  describe: 'After this long a waiting job overtakes newer ones of the next higher priority.',
  parse: durationFrom({ max: '30d' }),
  default: '10m',
} satisfies Setting<number>;
