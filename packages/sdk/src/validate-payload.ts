import type { Issue } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import { PayloadValidationError } from './errors.ts';
import type { Schema, SchemaIssue } from './schema.ts';

/** Checks a payload against the definition's schema, before anything is sent. */
export async function validatePayload({ type, payload: schema }: JobDefinition, payload: unknown): Promise<void> {
  if (!schema) return;
  const checked = await (schema as Schema)['~standard'].validate(payload);
  if (!checked.issues) return;
  const issues = checked.issues.map(toIssue);
  const places = issues.map(({ path, message }) => `${path || 'payload'}: ${message}`).join('; ');
  throw new PayloadValidationError(`the payload does not fit ${type}: ${places}`, issues);
}

function toIssue({ message, path = [] }: SchemaIssue): Issue {
  const keys = path.map((each) => String(typeof each === 'object' ? each.key : each));
  return { message, path: keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') };
}
