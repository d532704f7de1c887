import type { Database } from '@cloudtask/core/database/database';

/** Types that workers registered, by name. */
export async function listRegisteredTypes({ kysely }: Database) {
  return await kysely
    .selectFrom('cloudtask.job_types')
    .select([
      'type',
      'description',
      'input_schema as inputSchema',
      'output_schema as outputSchema',
      'defaults',
      'version',
      'registered_at as registeredAt',
    ])
    .orderBy('type')
    .execute();
}
