import { CompiledQuery, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { Answer } from './pglite-messages.ts';
import type { Tables } from './tables.ts';

/** Runs a statement that kysely compiled elsewhere, and answers what kysely wants to know there. */
export type RawRunner = (text: string, values: readonly unknown[]) => Promise<Answer>;

export function rawRunner(kysely: Kysely<Tables>): RawRunner {
  return async (text, values) => {
    const { rows, numAffectedRows } = await kysely.executeQuery(CompiledQuery.raw(text, [...values]));
    return { rows, affectedRows: Number(numAffectedRows ?? 0) };
  };
}

/** The same in one transaction, which lasts as long as the work. */
export async function inRawTransaction(
  { kysely }: Pick<Database, 'kysely'>,
  work: (run: RawRunner) => Promise<void>,
): Promise<void> {
  await kysely.transaction().execute((trx) => work(rawRunner(trx)));
}
