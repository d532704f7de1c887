import { lostReference } from '@cloudtask/core/json-schema-references';
import type { Json } from '@cloudtask/sdk/contract';
import { type JsonSchema, jsonSchema } from '@cloudtask/sdk/schema';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** JSON Schema that checks. It stays readable under `jsonSchema`, for the catalogue of types. Throws when it is none. */
export function compileJsonSchema<T>(schema: JsonSchema<T>): JsonSchema<T> {
  const { jsonSchema: source } = schema;
  const lost = lostReference(source as Json);
  if (lost !== undefined) throw new Error(`it refers to ${JSON.stringify(lost)}, which is not in it`);
  const validator = Compile(source);
  return {
    jsonSchema: source,
    '~standard': {
      version: 1,
      vendor: 'cloudtask',
      validate(value) {
        if (validator.Check(value)) return { value: value as T };
        const issues = validator.Errors(value).map(({ instancePath, message }) => ({
          message,
          path: instancePath.split('/').slice(1),
        }));
        return { issues: issues.length > 0 ? issues : [{ message: 'does not fit' }] };
      },
    },
  };
}

/** What the handlers of this package check their payloads with. */
export function payloadSchema<T extends TSchema>(schema: T): JsonSchema<Static<T>> {
  return compileJsonSchema(jsonSchema<Static<T>>(schema));
}
