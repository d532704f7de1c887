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

/** A type as the code that runs it describes it. Schemas are JSON Schema; null where the code's schema cannot give one. */
export interface TypeRegistration {
  type: string;
  description: string | null;
  inputSchema: Json | null;
  outputSchema: Json | null;
  defaults: TypeDefaults;
}

/**
 * Makes known what a worker runs; the newest registration of a type counts. A type that is known just so already is not
 * written, and keeps its `registered_at`: that is what readers look at to see whether anything changed.
 */
export async function registerTypes(db: Queryable, types: readonly TypeRegistration[], version: string): Promise<void> {
  if (types.length === 0) return;
  await db.query(REGISTER, [JSON.stringify(types), version]);
}

// In one order, so that workers that start together do not deadlock. Compared as text: `json` has no equality, and as
// `jsonb` a schema that holds \u0000 would be refused.
const REGISTER: Statement = {
  name: 'register_types',
  text: `
  insert into cloudtask.job_types as t (type, description, input_schema, output_schema, defaults, version, registered_at)
  select n.type, n.description, n."inputSchema", n."outputSchema", n.defaults, $2, cloudtask.clock()
    from json_to_recordset($1::json) as n (type text, description text, "inputSchema" json, "outputSchema" json, defaults json)
   order by n.type
  on conflict (type) do update
     set description = excluded.description, input_schema = excluded.input_schema,
         output_schema = excluded.output_schema, defaults = excluded.defaults, version = excluded.version,
         registered_at = excluded.registered_at
   where (t.description, t.input_schema::text, t.output_schema::text, t.defaults::text, t.version) is distinct from
         (excluded.description, excluded.input_schema::text, excluded.output_schema::text, excluded.defaults::text,
          excluded.version)`,
};
