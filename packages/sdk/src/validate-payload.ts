import type { Issue } from './contract.ts';
import type { JobDefinition, Schema, SchemaIssue } from './define-job.ts';
import { InputValidationError } from './errors.ts';

/** Checks a payload against the definition's schema, before anything is sent. */
export async function validatePayload({ type, input }: JobDefinition, payload: unknown): Promise<void> {
  if (!input) return;
  const checked = await (input as Schema)['~standard'].validate(payload);
  if (!checked.issues) return;
  const issues = checked.issues.map(toIssue);
  const places = issues.map(({ path, message }) => `${path || 'payload'}: ${message}`).join('; ');
  throw new InputValidationError(`the payload does not fit ${type}: ${places}`, issues);
}

function toIssue({ message, path = [] }: SchemaIssue): Issue {
  const keys = path.map((each) => String(typeof each === 'object' ? each.key : each));
  return { message, path: keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') };
}
