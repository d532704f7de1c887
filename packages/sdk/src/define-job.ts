import type { Backoff, Duration, Json } from './contract.ts';

/**
 * What checks a payload or a result: any Standard Schema (https://standardschema.dev), as zod, arktype, valibot and
 * others make them.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
export type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What goes into a schema, and what comes out of it; any JSON without one. */
export type InputOf<S> = S extends Schema<infer Input, unknown> ? Input : Json;
export type OutputOf<S> = S extends Schema<unknown, infer Output> ? Output : Json;

export interface JobOptions<Type extends string, Input, Output> {
  /** Letters, digits and `. _ - :`, at most 100 characters. */
  type: Type;
  /** Checks the payload before the handler gets it. */
  input?: Input;
  /** Checks the result before it is stored. */
  output?: Output;
  description?: string;
  /** Defaults for jobs of this type that are submitted through this definition. */
  queue?: string;
  priority?: number;
  maxAttempts?: number;
  backoff?: Backoff;
  timeout?: Duration;
}

/** The contract of a job type. It holds no handler code: safe to import anywhere, also in a browser. */
export interface JobDefinition<Type extends string = string, Input = unknown, Output = unknown>
  extends Readonly<JobOptions<Type, Input, Output>> {}

export function defineJob<
  const Type extends string,
  Input extends Schema | undefined = undefined,
  Output extends Schema | undefined = undefined,
>(options: JobOptions<Type, Input, Output>): JobDefinition<Type, Input, Output> {
  if (!TYPE_FORM.test(options.type)) {
    throw new TypeError(
      `${JSON.stringify(options.type)} is no job type: use letters, digits and . _ - : (at most 100 characters)`,
    );
  }
  return Object.freeze({ ...options });
}

const TYPE_FORM = /^[A-Za-z0-9._:-]{1,100}$/;
