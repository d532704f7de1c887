import { invalid } from '@cloudtask/core/submission/input-refused';
import { issuesOf, PATTERNS } from '@cloudtask/core/submission/schema-issues';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { RATE_PATTERN } from '../schemas/action-schema.ts';

/** Bodies are taken as they are; query strings know only text, so theirs is converted to what the schema says. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value: unknown) => {
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value);
    if (validator.Check(converted)) return { value: converted };
    const issues = issuesOf(validator, converted, ALL_PATTERNS);
    return { error: invalid(issues, httpPart === 'body' ? 'body' : 'query') };
  };
};

const ALL_PATTERNS = new Map([...PATTERNS, [RATE_PATTERN, 'is not a rate: write jobs per second, or like "5/s"']]);
