import { type CloudTask, type Json, PayloadValidationError } from '@cloudtask/sdk';
import { closest } from '../closest.ts';
import type { Output } from '../output/output.ts';
import { schemaIssues } from '../schema/schema-issues.ts';
import { printable } from '../views/printable.ts';
import type { PreparedJob } from './prepare-job.ts';

/** What of a job is known before it is sent. */
type Check = 'fits' | 'no-schema' | 'unknown-type';

/**
 * Checks a job and submits nothing. The API has no dry run of its own: the payload is looked at with the schema that the
 * server has now. Throws as a refused submit does when it does not fit.
 */
export async function dryRun(
  { ct, out }: { ct: CloudTask; out: Output },
  { type, payload = null, options }: PreparedJob,
): Promise<void> {
  const types = (await ct.types.list()).data;
  const known = types.find((each) => each.type === type);
  const schema = known?.payloadSchema ?? null;
  refuseMisfit(type, schema, payload);
  const check: Check = schema !== null ? 'fits' : known ? 'no-schema' : 'unknown-type';
  if (out.isData) out.data({ type, payload, options, check });
  else if (out.mode === 'id') out.answer(type);
  else if (out.mode !== 'none') out.answer(printable(JSON.stringify(payload)));
  const names = types.map((each) => each.type);
  out.say(`${out.sayStyle.green('✓')} ${printable(sentence(check, type, names))} Nothing was submitted.`);
}

function refuseMisfit(type: string, schema: Json | null, payload: Json): void {
  const issues = schema === null ? [] : schemaIssues(schema, payload);
  if (issues.length === 0) return;
  const places = issues.map(({ path, message }) => `${path || 'payload'} ${message}`).join('; ');
  throw new PayloadValidationError(`the payload does not fit ${type}: ${places}`, issues);
}

function sentence(check: Check, type: string, names: readonly string[]): string {
  if (check === 'fits') return `The payload fits ${type}.`;
  if (check === 'no-schema') return `${type} has no schema: its worker takes any payload, or checks it itself.`;
  const meant = closest(type, names);
  return `No worker has registered ${type} yet${meant === undefined ? '' : ` (did you mean ${meant}?)`}; a server may take it all the same.`;
}
