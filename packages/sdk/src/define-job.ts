import { checkDefinition } from '#handler-checks';
import type { Backoff, Duration } from './contract.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';

/** What `defineJob` takes. `Payload`, `Result` and `Progress` are types of schemas, `undefined` where there is none. */
export interface JobOptions<Type extends string, Payload, Result, Progress> {
  /** Letters, digits and `. _ - :`, at most 100 characters. */
  type: Type;
  /**
   * Checks payloads: the client before it sends, the server at submit (when the schema can give a JSON Schema), the worker
   * before the handler runs, which gets what the schema makes of it. Callers send the schema's input form.
   */
  payload?: Payload;
  /** Checks what the handler returns; what the schema makes of it is stored. A result that does not fit fails for good. */
  result?: Result;
  /** The type of `ctx.progress(data)` and of `data` in progress events. Nothing is checked against it. */
  progress?: Progress;
  /** A name for people. */
  title?: string;
  /** What it does, in a sentence; the catalogue of types shows it. */
  description?: string;
  /** Default of jobs that are submitted without one, as are the next four. Default `default`. */
  queue?: string;
  /** 0…9, higher sooner. Default 5. */
  priority?: number;
  /** 1…100. Default 5. */
  maxAttempts?: number;
  /** Default: exponential, 5 s · 3^(n-1), at most 1 h. */
  backoff?: Backoff;
  /** Per attempt, at most 24 days. Default 15 min. */
  timeout?: Duration;
  /** JSON pointers into the payload, like `/to` or `/card/number`, that interfaces should mask. They are stored as they come. */
  sensitive?: readonly string[];
  /** Payloads that fit, for forms and documentation. */
  examples?: readonly NoInfer<SchemaInput<Payload>>[];
}

/**
 * The contract of a job type. It holds no handler code: safe to import anywhere, also in a browser. `Payload`, `Result` and
 * `Progress` are types of schemas.
 */
export interface JobDefinition<Type extends string = string, Payload = unknown, Result = unknown, Progress = unknown>
  extends Readonly<Omit<JobOptions<Type, Payload, Result, Progress>, 'examples'>> {
  /** Payloads that fit. */
  readonly examples?: readonly unknown[];
}

/** What a caller sends for a job of this definition: the form before the schema's transformations. */
export type PayloadOf<D> = D extends JobDefinition<string, infer Payload> ? SchemaInput<Payload> : never;
/** What a completed job of this definition holds. */
export type ResultOf<D> = D extends JobDefinition<string, unknown, infer Result> ? SchemaOutput<Result> : never;
/** What a handler of this definition may report beside a percentage. */
export type ProgressOf<D> =
  D extends JobDefinition<string, unknown, unknown, infer Progress> ? SchemaInput<Progress> : never;

/**
 * Defines a job type: one object from which the client, the worker, the server's checks and the catalogue take what they
 * need.
 *
 * @example
 * export const sendEmail = defineJob({
 *   type: 'email.send',
 *   payload: z.object({ to: z.email(), subject: z.string() }),
 *   result: z.object({ messageId: z.string() }),
 *   queue: 'mail',
 *   timeout: '30s',
 *   sensitive: ['/to'],
 * });
 *
 * @throws TypeError when the type is no name, or an option is none (`input` and `output` are `payload` and `result`).
 */
export function defineJob<
  const Type extends string,
  Payload extends Schema | undefined = undefined,
  Result extends Schema | undefined = undefined,
  Progress extends Schema | undefined = undefined,
>(options: JobOptions<Type, Payload, Result, Progress>): JobDefinition<Type, Payload, Result, Progress> {
  checkDefinition(options);
  return Object.freeze({ ...options });
}
