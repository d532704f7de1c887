import type { Issue } from '@cloudtask/sdk/contract';
import { DURATION_PATTERN } from '@cloudtask/sdk/duration';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { pointer } from '../json-pointer.ts';
import { ApiProblem } from '../problem.ts';
import { RATE_PATTERN } from '../schemas/action-schema.ts';
import { NAME_PATTERN, QUEUE_PATTERN, UNIQUE_KEY_PATTERN } from '../schemas/submit-schema.ts';

/** Bodies are taken as they are; query strings know only text, so theirs is converted to what the schema says. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value: unknown) => {
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value);
    if (validator.Check(converted)) return { value: converted };
    return { error: invalid(issuesOf(validator, converted), httpPart === 'body' ? 'body' : 'query') };
  };
};

export function invalid(issues: readonly Issue[], what = 'body'): ApiProblem {
  const [first] = issues;
  const where = first?.path ? `${first.path} ` : `the ${what} `;
  return new ApiProblem('VALIDATION_FAILED', `${where}${first?.message ?? 'is not valid'}`, { issues });
}

/** One line per member that is wrong, in words for people. */
export function issuesOf(validator: Validator, value: unknown): Issue[] {
  const issues = new Map<string, Issue>();
  for (const error of validator.Errors(value)) {
    for (const issue of toIssues(error)) {
      const known = issues.get(issue.path);
      // Of a union, the last line says that no alternative fits; the ones before say why each does not.
      if (!known || error.keyword === 'anyOf') issues.set(issue.path, issue);
    }
  }
  return [...issues.values()];
}

const PATTERNS: ReadonlyMap<string, string> = new Map([
  [DURATION_PATTERN, 'is not a duration: write milliseconds, or like "250ms", "30s", "5m", "2h", "1d"'],
  [RATE_PATTERN, 'is not a rate: write jobs per second, or like "5/s"'],
  [UNIQUE_KEY_PATTERN, 'must have no control characters'],
  [NAME_PATTERN, 'must be 1 to 100 letters, digits and . _ : -'],
  [QUEUE_PATTERN, 'must be 1 to 100 letters, digits and . _ -'],
]);

type SchemaError = ReturnType<Validator['Errors']>[number];

function toIssues(error: SchemaError): Issue[] {
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
      return [{ path, message: PATTERNS.get(String(error.params.pattern)) ?? error.message }];
    case 'anyOf':
      return [{ path, message: 'has none of the forms that are allowed here' }];
    default:
      return [{ path, message: error.message }];
  }
}
