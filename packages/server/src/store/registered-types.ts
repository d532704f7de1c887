import type { Database } from '@cloudtask/core/database/database';

/** All that workers registered of their types, by name. */
export async function listRegisteredTypes({ kysely }: Database) {
  return await kysely
    .selectFrom('cloudtask.job_types')
    .select([
      'type',
      'description',
      'input_schema as payloadSchema',
      'output_schema as resultSchema',
      'defaults',
      'details',
      'version',
      'registered_at as registeredAt',
    ])
    .orderBy('type')
    .execute();
}
