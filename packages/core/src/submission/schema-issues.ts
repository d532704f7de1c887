import type { Issue } from '@cloudtask/sdk/contract';
import { DURATION_PATTERN } from '@cloudtask/sdk/duration';
import type { Validator } from 'typebox/compile';
import { pointer } from './json-pointer.ts';
import { NAME_PATTERN, QUEUE_PATTERN, UNIQUE_KEY_PATTERN } from './submit-schema.ts';

/** One line per member that is wrong, in words for people. */
export function issuesOf(validator: Validator, value: unknown, patterns = PATTERNS): Issue[] {
  const issues = new Map<string, Issue>();
  for (const error of validator.Errors(value)) {
    for (const issue of toIssues(error, patterns)) {
      const known = issues.get(issue.path);
      // Of a union, the last line says that no alternative fits; the ones before say why each does not.
      if (!known || error.keyword === 'anyOf') issues.set(issue.path, issue);
    }
  }
  return [...issues.values()];
}

/** What a pattern means, in words: nobody reads regular expressions in a refusal. */
export const PATTERNS: ReadonlyMap<string, string> = new Map([
  [DURATION_PATTERN, 'is not a duration: write milliseconds, or "250ms", "30s", "5m", "2h", "1d"'],
  [UNIQUE_KEY_PATTERN, 'must have no control characters'],
  [NAME_PATTERN, 'must be 1 to 100 letters, digits and . _ : -'],
  [QUEUE_PATTERN, 'must be 1 to 100 letters, digits and . _ -'],
]);

type SchemaError = ReturnType<Validator['Errors']>[number];

function toIssues(error: SchemaError, patterns: typeof PATTERNS): Issue[] {
  const path = error.instancePath;
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((key) => ({ path: pointer(path, key), message: 'is required' }));
    case 'additionalProperties':
      return error.params.additionalProperties.map((key) => ({
        path: pointer(path, key),
        message: 'is not known here',
      }));
    case 'boolean':
      // Says the same as additionalProperties, once more.
      return [];
    case 'enum':
      return [{ path, message: `must be one of ${error.params.allowedValues.join(', ')}` }];
    case 'pattern':
      return [{ path, message: patterns.get(String(error.params.pattern)) ?? error.message }];
    case 'anyOf':
      return [{ path, message: 'has none of the forms that are allowed here' }];
    default:
      return [{ path, message: error.message }];
  }
}
