import { Args } from '@oclif/core';

export const workerArg = {
  worker: Args.string({ description: 'name, host or id', required: true, ignoreStdin: true }),
};
