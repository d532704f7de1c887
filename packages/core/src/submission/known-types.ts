import type { Json } from '@cloudtask/sdk/contract';
import type { Database } from '../database/database.ts';
import type { Logger } from '../logger.ts';
import { repeat } from '../loop.ts';
import type { TypeDefaults } from '../protocol/register-types.ts';
import { readRegisteredTypes } from '../protocol/registered-types.ts';
import { compilePayloadCheck, type PayloadCheck } from './check-payload.ts';

/** What workers registered of the types they run, at most a second old: a submit asks nobody. */
export interface KnownTypes {
  get(type: string): KnownType | undefined;
  close(): Promise<void>;
}

export interface KnownType {
  readonly defaults: TypeDefaults;
  readonly checkPayload: PayloadCheck;
  /** Whether there is a schema that a payload could miss. */
  readonly hasSchema: boolean;
}

/** Resolves when they are known; or at once when the database is away, as submits fail then anyway. */
export async function openKnownTypes({
  database,
  logger,
}: {
  database: Database;
  logger: Logger;
}): Promise<KnownTypes> {
  let types = new Map<string, KnownType & { stamp: string }>();

  async function look(): Promise<void> {
    const next = new Map<string, KnownType & { stamp: string }>();
    for (const { type, stamp, changed } of await readRegisteredTypes(database, types)) {
      const known = changed === null ? types.get(type) : { stamp, ...toKnownType(type, changed, logger) };
      if (known) next.set(type, known);
    }
    types = next;
  }

  await look().catch(() => {});
  const loop = repeat({ name: 'known-types', everyMs: LOOK_MS, logger, runOnce: look });
  return { get: (type) => types.get(type), close: () => loop.close() };
}

const LOOK_MS = 1_000;

/** Compiled when the first payload comes, and once for each schema. */
function toKnownType(
  type: string,
  { payloadSchema, defaults }: { payloadSchema: Json | null; defaults: TypeDefaults },
  logger: Logger,
): KnownType {
  let check: PayloadCheck | undefined;
  return {
    defaults,
    hasSchema: payloadSchema !== null,
    checkPayload(payload) {
      if (payloadSchema === null) return [];
      check ??= compilePayloadCheck(type, payloadSchema, logger);
      return check(payload);
    },
  };
}
