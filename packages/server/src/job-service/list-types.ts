import type { Database } from '@cloudtask/core/database/database';
import { readLiveWorkers } from '@cloudtask/core/protocol/live-workers';
import type { TypeDetails } from '@cloudtask/core/protocol/register-types';
import type { Json, TypeInfo } from '@cloudtask/sdk/contract';
import { listRegisteredTypes } from '../store/registered-types.ts';

/** Every type that a worker registered, and those that live workers run without having registered them, by name. */
export async function listTypes(database: Database): Promise<TypeInfo[]> {
  const [registered, workers] = await Promise.all([listRegisteredTypes(database), readLiveWorkers(database)]);
  const running = new Map<string, number>();
  for (const { types } of workers) {
    for (const type of new Set(types.map((each) => each.type))) running.set(type, (running.get(type) ?? 0) + 1);
  }
  const known = new Map<string, TypeInfo>(
    registered.map(({ registeredAt, details, ...type }) => [
      type.type,
      {
        ...type,
        ...shown(details),
        workers: running.get(type.type) ?? 0,
        registeredAt: registeredAt.toISOString(),
      },
    ]),
  );
  for (const [type, count] of running) if (!known.has(type)) known.set(type, unregistered(type, count));
  return [...known.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

function shown(details: Json | null) {
  // Written by `registerTypes` alone, or not at all.
  const { title = null, progressSchema = null, sensitive = [], examples = [] } = (details ?? {}) as TypeDetails;
  return { title, progressSchema, sensitive, examples };
}

function unregistered(type: string, workers: number): TypeInfo {
  return {
    type,
    description: null,
    payloadSchema: null,
    resultSchema: null,
    ...shown(null),
    defaults: {},
    workers,
    version: null,
    registeredAt: null,
  };
}
