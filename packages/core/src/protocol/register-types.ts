import type { Backoff, Duration, Json } from '@cloudtask/sdk/contract';
import type { Queryable, Statement } from '../database/database.ts';

/** What a job of a type gets where its submitter says nothing, as its definition writes it. */
export interface TypeDefaults {
  queue?: string;
  priority?: number;
  maxAttempts?: number;
  backoff?: Backoff;
  timeout?: Duration;
}

/** What interfaces show of a type; nothing is decided by it. */
export interface TypeDetails {
  title?: string;
  /** JSON Schema of the data that the handler reports as progress. */
  progressSchema?: Json;
  /** JSON pointers into the payload. */
  sensitive?: string[];
  examples?: Json[];
}

/** A type as the code that runs it describes it. Schemas are JSON Schema; null where the code's schema cannot give one. */
export interface TypeRegistration {
  type: string;
  description: string | null;
  payloadSchema: Json | null;
  resultSchema: Json | null;
  defaults: TypeDefaults;
  details?: TypeDetails;
}

/**
 * Makes known what a worker runs; the newest registration of a type counts. A type that is known just so already is not
 * written, and keeps its `registered_at`: that is what readers look at to see whether anything changed.
 */
export async function registerTypes(db: Queryable, types: readonly TypeRegistration[], version: string): Promise<void> {
  if (types.length === 0) return;
  const texts = (values: readonly unknown[]) => values.map((each) => (each === null ? null : JSON.stringify(each)));
  await db.query(REGISTER, [
    types.map(({ type }) => type),
    types.map(({ description }) => description),
    texts(types.map(({ payloadSchema }) => payloadSchema)),
    texts(types.map(({ resultSchema }) => resultSchema)),
    texts(types.map(({ defaults }) => defaults)),
    texts(types.map(({ details = {} }) => details)),
    version,
  ]);
}

// In one order, so that workers that start together do not deadlock. Compared as text, and never taken apart: `json` has
// no equality, and anything but its text refuses a schema that holds \u0000.
const REGISTER: Statement = {
  name: 'register_types',
  text: `
  insert into cloudtask.job_types as t (type, description, input_schema, output_schema, defaults, details, version, registered_at)
  select n.*, $7, cloudtask.clock()
    from unnest($1::text[], $2::text[], $3::json[], $4::json[], $5::json[], $6::json[])
           as n (type, description, input_schema, output_schema, defaults, details)
   order by n.type
  on conflict (type) do update
     set description = excluded.description, input_schema = excluded.input_schema,
         output_schema = excluded.output_schema, defaults = excluded.defaults, details = excluded.details,
         version = excluded.version, registered_at = excluded.registered_at
   where (t.description, t.input_schema::text, t.output_schema::text, t.defaults::text, t.details::text,
          t.version) is distinct from
         (excluded.description, excluded.input_schema::text, excluded.output_schema::text, excluded.defaults::text,
          excluded.details::text, excluded.version)`,
};
