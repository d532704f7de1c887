import { Args } from '@oclif/core';

/** One job. */
export const refArg = {
  ref: Args.string({ description: 'id, end of an id, @last, or - for stdin', required: true, ignoreStdin: true }),
};
