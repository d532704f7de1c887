import type { Duration } from '@cloudtask/sdk/contract';
import { DURATION_PATTERN, parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { usageError } from './errors/cli-error.ts';

/** A moment that was: `24h` ago as it stands, for the server's clock, or a time. */
export const sinceFlag = Flags.custom<string>({
  helpValue: '24h',
  parse: async (text, _context, { name }) => {
    const moment = isDuration(text) ? text : timeOf(text);
    if (moment !== undefined) return moment;
    const why = 'It is how long ago, like 30m, 24h or 7d, or a time, like 2030-01-31 or 2030-01-31T09:00:00Z.';
    throw usageError(`--${name} cannot be ${text.slice(0, 40)}`, { why });
  },
});

/** A moment to come. */
export const timeFlag = Flags.custom<string>({
  helpValue: 'TIME',
  parse: async (text, _context, { name }) => {
    const time = timeOf(text);
    if (time !== undefined) return time;
    const why = isDuration(text)
      ? `It is a time. From now on it is --delay ${text}.`
      : 'It is a time, like 2030-01-31T09:00 (of here) or 2030-01-31T09:00:00Z.';
    throw usageError(`--${name} cannot be ${text.slice(0, 40)}`, { why });
  },
});

const TIME = /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d\d:?\d\d)?)?$/;

/** In ISO 8601 with a zone; a day, or a time without a zone, is one of this machine's zone. Undefined: no time. */
function timeOf(text: string): string | undefined {
  const { day, time = '00:00', zone = '' } = TIME.exec(text)?.groups ?? {};
  if (day === undefined || !isRealDay(day)) return undefined;
  const at = new Date(`${day}T${time}${zone}`);
  if (Number.isNaN(at.getTime())) return undefined;
  return zone === '' ? at.toISOString() : `${day}T${time}${zone}`;
}

/** JavaScript takes 30 February for 2 March. */
function isRealDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

const DURATION = new RegExp(DURATION_PATTERN);
const isDuration = (text: string): text is `${number}s` => DURATION.test(text);

/** Of a moment that was, on the clock of this machine. */
export function millisecondsOf(moment: string): number {
  return isDuration(moment) ? Date.now() - parseDuration(moment satisfies Duration) : Date.parse(moment);
}
