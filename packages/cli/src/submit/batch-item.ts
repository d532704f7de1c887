import type { JobSettings, Json } from '@cloudtask/sdk';
import { closest } from '../closest.ts';

/** A line of a batch as a job: its payload, and what it says of how it is to run. */
export interface BatchJob {
  payload: Json;
  options: JobSettings & { idempotencyKey?: string };
}

const OPTIONS = [
  'queue',
  'priority',
  'delay',
  'runAt',
  'ttl',
  'maxAttempts',
  'backoff',
  'jobTimeout',
  'unique',
  'tags',
  'metadata',
  'idempotencyKey',
];

/**
 * A line is the payload – but an object with exactly the members `payload` and `options`, the latter an object, is a job with
 * options of its own, as in the SDK's `createMany`. A payload that looks so itself is written
 * `{ "payload": {…}, "options": {} }`. Throws an error that says what is wrong with the line.
 */
export function parseBatchLine(text: string): BatchJob {
  const value = JSON.parse(text) as Json;
  if (!isObject(value) || Object.keys(value).length !== 2) return { payload: value, options: {} };
  const { payload, options } = value;
  if (payload === undefined || !isObject(options)) return { payload: value, options: {} };
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown === undefined) return { payload, options: options as BatchJob['options'] };
  const meant = closest(unknown, OPTIONS);
  const why = meant === undefined ? `They are ${OPTIONS.join(', ')}.` : `Did you mean ${meant}?`;
  throw new SyntaxError(`options has no ${unknown.slice(0, 40)}. ${why}`);
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
