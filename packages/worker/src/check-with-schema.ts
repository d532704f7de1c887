import type { Schema, SchemaIssue } from '@cloudtask/sdk/schema';
import { ResultNotStorable } from './storable-result.ts';

/** The payload is not what the job's definition asks for; trying again would not help. */
export class InvalidPayload extends Error {
  override readonly name = 'InvalidPayload';
}

export async function checkPayload(schema: Schema, payload: unknown): Promise<unknown> {
  const checked = await schema['~standard'].validate(payload);
  if (checked.issues) throw new InvalidPayload(`the payload is refused: ${describeIssues(checked.issues)}`);
  return checked.value;
}

export async function checkResult(schema: Schema, result: unknown): Promise<unknown> {
  const checked = await schema['~standard'].validate(result);
  if (checked.issues) throw new ResultNotStorable(`the result is refused: ${describeIssues(checked.issues)}`);
  return checked.value;
}

export function describeIssues(issues: readonly SchemaIssue[]): string {
  const shown = issues
    .slice(0, 10)
    .map(({ message, path }) => (path?.length ? `${pointer(path)}: ${message}` : message));
  if (issues.length > shown.length) shown.push(`and ${issues.length - shown.length} more`);
  return shown.join('; ');
}

function pointer(path: NonNullable<SchemaIssue['path']>): string {
  return path.map((part) => `/${String(typeof part === 'object' ? part.key : part)}`).join('');
}
