import type { CreateOptions, Json } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { durationFlag } from '../duration-flag.ts';
import { convertFields } from '../schema/convert-fields.ts';
import type { KnownTypes } from '../schema/known-types.ts';
import { timeFlag } from '../time-flag.ts';
import { type ConvertFields, isTextField, type ReadSource, readPairs, readPayload } from './fields.ts';

const several = { multiple: true, multipleNonGreedy: true } as const;

/** What a job gets: in `submit`, `run`, `retry` and `schedules create`. */
export const payloadFlags = {
  payload: Flags.string({ description: 'the payload as JSON, @file, or - for stdin; fields are laid over it' }),
  field: Flags.string({ char: 'f', description: 'same as a field k=v', ...several }),
  'json-field': Flags.string({ char: 'F', description: 'same as a field k:=json', ...several }),
};

/** How it is to run. */
export const jobOptionFlags = {
  queue: Flags.string({ char: 'Q', description: 'line that it waits in' }),
  priority: Flags.integer({ description: '0 to 9, higher sooner', min: 0, max: 9 }),
  ttl: durationFlag({ description: 'expire when it has not started after this long' }),
  'max-attempts': Flags.integer({ description: 'how often it is tried', min: 1 }),
  'job-timeout': durationFlag({ description: 'how long one attempt may take' }),
  tag: Flags.string({ description: 'mark to find it by', ...several }),
  meta: Flags.string({ description: 'note k=v that is kept with it', ...several }),
};

/** When one job is to run. */
export const submitFlags = {
  ...payloadFlags,
  ...jobOptionFlags,
  delay: durationFlag({ description: 'not before this long from now', exclusive: ['at'] }),
  at: timeFlag({ description: 'not before this time, ISO 8601; of here without a zone' }),
  'idempotency-key': Flags.string({ description: 'submit only once however often this is run' }),
  edit: Flags.boolean({ description: 'write the payload in VISUAL or EDITOR' }),
  'dry-run': Flags.boolean({ description: 'only check it with the schema of the type' }),
};

export interface PayloadInput {
  payload?: string | undefined;
  field?: string[] | undefined;
  'json-field'?: string[] | undefined;
}

/** The payload of flags and words; undefined when none of them says anything. */
export async function payloadOf(
  read: ReadSource,
  flags: PayloadInput,
  words: readonly string[],
  { base, convert }: { base?: unknown; convert?: ConvertFields | undefined } = {},
): Promise<Json | undefined> {
  const fields = [...words, ...(flags.field ?? []), ...(flags['json-field'] ?? []).map(asJsonField)];
  // A job without a payload has null: fields make its first one.
  const input = { payload: flags.payload, fields, base: base ?? undefined, convert };
  return (await readPayload(read, input)) as Json | undefined;
}

/** Whether a field of the command line is text that the schema of a type may make something else of. */
export function hasTextFields(flags: PayloadInput, words: readonly string[]): boolean {
  return words.some(isTextField) || flags.field !== undefined;
}

/**
 * Fields become what the schema of a type wants. Where the server cannot be asked, or has no schema, text stays text. What a
 * kept schema refuses is refused only when the server's present one does too.
 */
export function convertFor(types: KnownTypes, type: string): ConvertFields {
  return async (fields) => {
    const untouched = () => fields.map((each) => (each.isJson ? each.json : each.text));
    if (fields.every(({ isJson }) => isJson)) return untouched();
    const known = await types.find(type);
    if (!known) return untouched();
    try {
      return convertFields(known, fields);
    } catch (error) {
      const now = await types.renewed(type);
      if (!now) throw error;
      return convertFields(now, fields);
    }
  };
}

interface JobOptionInput {
  queue?: string | undefined;
  priority?: number | undefined;
  ttl?: CreateOptions['ttl'] | undefined;
  'max-attempts'?: number | undefined;
  'job-timeout'?: CreateOptions['jobTimeout'] | undefined;
  tag?: string[] | undefined;
  meta?: string[] | undefined;
}

type JobOptions = Pick<
  CreateOptions,
  'queue' | 'priority' | 'ttl' | 'maxAttempts' | 'jobTimeout' | 'tags' | 'metadata'
>;

export async function jobOptionsOf(read: ReadSource, flags: JobOptionInput): Promise<JobOptions> {
  const { queue, priority, ttl, tag } = flags;
  const metadata = (await readPairs(read, flags.meta ?? [])) as Record<string, Json> | undefined;
  return {
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(ttl !== undefined && { ttl }),
    ...(flags['max-attempts'] !== undefined && { maxAttempts: flags['max-attempts'] }),
    ...(flags['job-timeout'] !== undefined && { jobTimeout: flags['job-timeout'] }),
    ...(tag !== undefined && { tags: tag }),
    ...(metadata !== undefined && { metadata }),
  };
}

export interface SubmitInput extends JobOptionInput, PayloadInput {
  delay?: CreateOptions['delay'] | undefined;
  at?: string | undefined;
  'idempotency-key'?: string | undefined;
}

export async function createOptionsOf(read: ReadSource, flags: SubmitInput): Promise<CreateOptions> {
  const { delay, at } = flags;
  return {
    ...(await jobOptionsOf(read, flags)),
    ...(delay !== undefined && { delay }),
    ...(at !== undefined && { runAt: at }),
    ...(flags['idempotency-key'] !== undefined && { idempotencyKey: flags['idempotency-key'] }),
  };
}

function asJsonField(field: string): string {
  return field.replace(/:?=/, ':=');
}
