import type { Json } from '@cloudtask/sdk/contract';
import type { Queryable, Statement } from '../database/database.ts';
import type { TypeDefaults } from './register-types.ts';

export interface RegisteredType {
  type: string;
  /** Changes with each registration that says something new. */
  stamp: string;
  /** Null: it is the one that the reader knows. */
  changed: { payloadSchema: Json | null; defaults: TypeDefaults } | null;
}

/** All types that workers registered; schemas, which may be long, only of those that have changed since they were read. */
export async function readRegisteredTypes(
  db: Queryable,
  known: ReadonlyMap<string, { stamp: string }>,
): Promise<RegisteredType[]> {
  const stamps = Array.from(known.values(), ({ stamp }) => stamp);
  return await db.query<RegisteredType>(REGISTERED, [[...known.keys()], stamps]);
}

const REGISTERED: Statement = {
  name: 'registered_types',
  text: `
  select t.type, t.stamp,
         case when k.stamp is distinct from t.stamp
              then json_build_object('payloadSchema', t.input_schema, 'defaults', t.defaults) end as changed
    from (select type, input_schema, defaults, extract(epoch from registered_at)::text as stamp
            from cloudtask.job_types order by type) t
    left join unnest($1::text[], $2::text[]) as k (type, stamp) on k.type = t.type`,
};
