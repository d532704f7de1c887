import type { Json } from './contract.ts';

/**
 * What checks a payload or a result: any Standard Schema (https://standardschema.dev), as zod, arktype, valibot and
 * others make them, or plain JSON Schema through `jsonSchema()`.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The answer of a schema: the value, perhaps another one than went in, or what is wrong with it. */
export type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong; `path` leads to it, key by key. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What goes into a schema: the form that crosses the wire. Any JSON without a schema. */
export type SchemaInput<S> = S extends Schema<infer Input, unknown> ? Input : Json;
/** What comes out of a schema: parsed, with defaults filled in. Any JSON without a schema. */
export type SchemaOutput<S> = S extends Schema<unknown, infer Output> ? Output : Json;

/** A JSON Schema (`jsonSchema`) with the type that it stands for. */
export interface JsonSchema<T = unknown> extends Schema<T> {
  readonly jsonSchema: object;
}

/**
 * Plain JSON Schema (draft 2020-12) for `defineJob`, for those who use no schema library. `T` is yours to keep equal to it.
 *
 * The client does not check against it, which would take a validator into every browser: the server does at submit, with
 * the schema that the worker registered, and the worker before the handler runs. A worker does not start with a schema
 * that cannot be used.
 *
 * @example
 * const resize = defineJob({
 *   type: 'image.resize',
 *   payload: jsonSchema<{ url: string }>({
 *     type: 'object', properties: { url: { type: 'string' } }, required: ['url'], additionalProperties: false,
 *   }),
 * });
 */
export function jsonSchema<T>(schema: object): JsonSchema<T> {
  return {
    jsonSchema: schema,
    '~standard': { version: 1, vendor: JSON_SCHEMA_VENDOR, validate: (value) => ({ value: value as T }) },
  };
}

/** Whether a schema is JSON Schema that nobody checks yet, made by this copy of the SDK or another. */
export function isJsonSchema(schema: Schema): schema is JsonSchema {
  return schema['~standard'].vendor === JSON_SCHEMA_VENDOR;
}

const JSON_SCHEMA_VENDOR = 'cloudtask.json-schema';

/**
 * The JSON Schema of one side of a schema, or null. Not every library can give one, and those that can throw for what JSON
 * Schema cannot say: then only the worker checks, with the schema itself.
 */
export function jsonSchemaOf(schema: unknown, side: 'input' | 'output'): Json | null {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return null;
  try {
    const { jsonSchema: own, '~standard': standard } = schema as MaybeJsonSchema;
    const found = isObject(own) ? own : standard?.jsonSchema?.[side]?.({ target: 'draft-2020-12' });
    return isObject(found) ? (JSON.parse(JSON.stringify(found)) as Json) : null;
  } catch {
    return null;
  }
}

interface MaybeJsonSchema {
  /** As our own schemas have it. */
  jsonSchema?: unknown;
  '~standard'?: {
    /** https://standardschema.dev/json-schema */
    jsonSchema?: Partial<Record<'input' | 'output', (options: { target: string }) => unknown>>;
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
