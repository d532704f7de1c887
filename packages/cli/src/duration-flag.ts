import type { Duration } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { usageError } from './errors/cli-error.ts';

/** `30s`, `5m`: the same words as in the API. */
export const durationFlag = Flags.custom<Duration>({
  helpValue: '30s',
  parse: async (text) => {
    try {
      parseDuration(text as Duration);
      return text as Duration;
    } catch (error) {
      throw usageError((error as Error).message);
    }
  },
});
