import type { Database, Statement } from '../../src/database/database.ts';

export interface Guard {
  /** Name of the statement that has the guard, or of those that share it. */
  statement: string | readonly string[];
  /** What is taken out of its text (spaces and line ends are all one), and what is left in its place. */
  cut: readonly (readonly [guard: string, rest: string])[];
}

/** The real database, but one statement lacks one guard. */
export function withoutGuard(db: Database, { statement, cut }: Guard): Database {
  const names = typeof statement === 'string' ? [statement] : statement;
  const weakened = new Map<string, Statement>();
  const weaken = ({ name, text: strong }: Statement): Statement => {
    let text = strong.replaceAll(/\s+/g, ' ');
    for (const [guard, rest] of cut) {
      if (names.length === 1 && !text.includes(guard)) throw new GuardGone(name, guard);
      text = text.replaceAll(guard, rest);
    }
    if (text === strong.replaceAll(/\s+/g, ' ')) throw new GuardGone(name, cut.map(([guard]) => guard).join('" or "'));
    return { name: `${name}_${weakenedSoFar++}`, text };
  };
  return {
    kysely: db.kysely,
    shared: db.shared,
    query: (asked, values) => {
      if (!names.includes(asked.name)) return db.query(asked, values);
      const weak = weakened.get(asked.name) ?? weaken(asked);
      weakened.set(asked.name, weak);
      return db.query(weak, values);
    },
    transaction: (work) => db.transaction(work),
    script: (sql) => db.script(sql),
    close: () => db.close(),
  };
}

/** Never what a guard's absence did: the statement no longer has what is to be taken out. */
export class GuardGone extends Error {
  constructor(statement: string, guard: string) {
    super(`statement ${statement} has no "${guard}" any more: what guards it now?`);
  }
}

// A prepared statement is known by its name: each weakened one needs its own.
let weakenedSoFar = 1;
