import type { Database, Statement } from '../../src/database/database.ts';

export interface Guard {
  /** Name of the statement that has the guard. */
  statement: string;
  /** What is taken out of its text (spaces and line ends are all one), and what is left in its place. */
  cut: readonly (readonly [guard: string, rest: string])[];
}

/** The real database, but one statement lacks one guard. */
export function withoutGuard(db: Database, { statement: name, cut }: Guard): Database {
  let weakened: Statement | undefined;
  const weaken = (statement: Statement): Statement => {
    let text = statement.text.replaceAll(/\s+/g, ' ');
    for (const [guard, rest] of cut) {
      if (!text.includes(guard)) throw new Error(`statement ${name} has no "${guard}" any more: what guards it now?`);
      text = text.replaceAll(guard, rest);
    }
    return { name: `${name}_${weakenedSoFar++}`, text };
  };
  return {
    kysely: db.kysely,
    shared: db.shared,
    query: (statement, values) => {
      if (statement.name !== name) return db.query(statement, values);
      weakened ??= weaken(statement);
      return db.query(weakened, values);
    },
    transaction: (work) => db.transaction(work),
    script: (sql) => db.script(sql),
    close: () => db.close(),
  };
}

// A prepared statement is known by its name: each weakened one needs its own.
let weakenedSoFar = 1;
