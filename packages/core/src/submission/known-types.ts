import type { Json } from '@cloudtask/sdk/contract';
import type { Queryable } from '../database/database.ts';
import type { Logger } from '../logger.ts';
import { repeat } from '../loop.ts';
import type { TypeDefaults } from '../protocol/register-types.ts';
import { readRegisteredTypes } from '../protocol/registered-types.ts';
import { compilePayloadCheck, type PayloadCheck } from './check-payload.ts';

/** What workers registered of the types they run, at most a second old: a submit asks nobody. */
export interface KnownTypes {
  get(type: string): KnownType | undefined;
  /** Looks now. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface KnownType {
  readonly defaults: TypeDefaults;
  readonly checkPayload: PayloadCheck;
  /** Whether there is a schema that a payload could miss. */
  readonly hasSchema: boolean;
}

/** Resolves when they are known; or at once when the database is away, as submits fail then anyway. */
export async function openKnownTypes({ database, logger }: TypeCatalogueDeps): Promise<KnownTypes> {
  const catalogue = new TypeCatalogue({ database, logger });
  await catalogue.look().catch(() => {});
  const loop = repeat({ name: 'known-types', everyMs: LOOK_MS, logger, runOnce: () => catalogue.look() });
  return { get: (type) => catalogue.get(type), renew: () => catalogue.look(), close: () => loop.close() };
}

const LOOK_MS = 1_000;

interface TypeCatalogueDeps {
  database: Queryable;
  logger: Logger;
}

/** The registered types as they were at the last look. A look is cheap while nothing has changed. */
export class TypeCatalogue {
  readonly #deps: TypeCatalogueDeps;
  #types = new Map<string, KnownType & { stamp: string }>();

  constructor(deps: TypeCatalogueDeps) {
    this.#deps = deps;
  }

  get(type: string): KnownType | undefined {
    return this.#types.get(type);
  }

  async look(): Promise<void> {
    const { database, logger } = this.#deps;
    const next = new Map<string, KnownType & { stamp: string }>();
    for (const { type, stamp, changed } of await readRegisteredTypes(database, this.#types)) {
      const known = changed === null ? this.#types.get(type) : { stamp, ...toKnownType(type, changed, logger) };
      if (known) next.set(type, known);
    }
    this.#types = next;
  }
}

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
