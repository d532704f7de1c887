import type { Schema } from '@cloudtask/sdk/define-job';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** A JSON Schema as what `defineJob` takes. It stays readable under `jsonSchema`, for the catalogue of types. */
export function payloadSchema<T extends TSchema>(jsonSchema: T): Schema<Static<T>> & { jsonSchema: T } {
  const validator = Compile(jsonSchema);
  return {
    jsonSchema,
    '~standard': {
      version: 1,
      vendor: 'cloudtask',
      validate(value) {
        if (validator.Check(value)) return { value };
        const issues = validator.Errors(value).map(({ instancePath, message }) => ({
          message,
          path: instancePath.split('/').slice(1),
        }));
        return { issues };
      },
    },
  };
}
