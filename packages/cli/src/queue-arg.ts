import { Args } from '@oclif/core';

export const queueArg = { name: Args.string({ description: 'name of the queue', required: true, ignoreStdin: true }) };
